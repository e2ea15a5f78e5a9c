import { decode, encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import { InitResponse, SignedInitResponse } from "../../../types/keymanager.ts";
import type { Node, NodeRuntime } from "../../../types/node.ts";
import type { Runtime } from "../../../types/runtime.ts";
import { verifyAttestation } from "../../attestation.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { deploymentForVersion } from "../../registry/deployments.ts";
import { attestationKey } from "../committee-keys.ts";

const SIGNATURE_LENGTH = 64;

/**
 * What an enclave said about its secrets when its node registered: verified with the enclave's key, whose attestation
 * must be valid now. Entry condition: the hardware is the one that the key manager demands.
 * @throws QanatError when anything about it is wrong
 */
export function openExtraInfo(
  ctx: Context,
  node: Readonly<Node>,
  offer: Readonly<NodeRuntime>,
  runtime: Readonly<Runtime>,
): InitResponse {
  const { tee } = offer.capabilities;
  if (tee !== null) {
    const deployment = deploymentForVersion(runtime, offer.version);
    if (deployment === null) {
      throw new TxError("keymanager: node runs an enclave of an unknown version");
    }
    verifyAttestation(ctx, node.id, tee, deployment.tee);
  }
  if (offer.extra_info === null) {
    throw new TxError("keymanager: missing extra info");
  }
  const key = attestationKey(offer, runtime);
  const { init_response: response, signature } = decode(SignedInitResponse, offer.extra_info);
  const signed = encode(InitResponse, response);
  const isValid =
    signature?.length === SIGNATURE_LENGTH &&
    verify(contexts.keyManagerInitResponse, key, signed, signature, ctx.chain.signatures);
  if (!isValid) {
    throw new TxError("keymanager: invalid initialization response signature");
  }
  return response;
}
