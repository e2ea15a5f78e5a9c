import { i64 } from "../../codec/schema.ts";
import { protocolId } from "../../p2p/libp2p/protocol-names.ts";
import { nothing, rpcMethod, type ServedMethod, serve } from "../../p2p/libp2p/rpc/rpc-method.ts";
import type { RpcService } from "../../p2p/libp2p/rpc/rpc-server.ts";
import { Evidence, LightBlock, Parameters, Validators } from "../../types/api-consensus.ts";

/** Major version of the protocol (oasis-core v26.1 go/consensus/p2p/light/protocol.go). */
const MAJOR = 1;

/** Peers of the registry, and peers altogether, that a node wants to be connected to for it. */
export const LIGHT_PEERS = { min: 5, total: 15 } as const;

/** Blocks with their commits, validator sets and parameters, for those who verify without executing (cometbft.md 7.2). */
export const lightMethods = {
  getLightBlock: rpcMethod("GetLightBlock", i64, LightBlock),
  getValidators: rpcMethod("GetValidators", i64, Validators),
  getParameters: rpcMethod("GetParameters", i64, Parameters),
  submitEvidence: rpcMethod("SubmitEvidence", Evidence, nothing),
} as const;

/** What the server asks for its answers; its failures are told to the peer. */
export interface LightSource {
  lightBlock(height: bigint): LightBlock | Promise<LightBlock>;
  validators(height: bigint): Validators | Promise<Validators>;
  parameters(height: bigint): Parameters | Promise<Parameters>;
  submitEvidence(evidence: Evidence): void | Promise<void>;
}

export function lightProtocolId(chainContext: string): string {
  return protocolId(chainContext, "light", MAJOR);
}

export function lightService(chainContext: string, source: LightSource): RpcService {
  const methods: ServedMethod[] = [
    serve(lightMethods.getLightBlock, (height) => source.lightBlock(height)),
    serve(lightMethods.getValidators, (height) => source.validators(height)),
    serve(lightMethods.getParameters, (height) => source.parameters(height)),
    serve(lightMethods.submitEvidence, async (evidence) => {
      await source.submitEvidence(evidence);
      return null;
    }),
  ];
  return { protocol: lightProtocolId(chainContext), methods };
}
