import { CodedError, QanatError } from "../../../codec/errors.ts";
import { bootstrapErrors } from "../../../types/errors.ts";
import type { Host } from "../host/host.ts";
import { isPublic, tcpTarget } from "../multiaddr.ts";
import { serve } from "../rpc/rpc-method.ts";
import type { RpcService } from "../rpc/rpc-server.ts";
import { advertise, BOOTSTRAP_PROTOCOL, discover, MAX_DISCOVERED } from "./bootstrap-protocol.ts";
import { encodePeer } from "./peer-json.ts";
import { REGISTRATION_MS, type Registrations } from "./registrations.ts";

const NS_PER_MS = 1_000_000n;
/** Longest name of a protocol or topic; those of the network have some 160 characters. */
const MAX_NAME = 512;
/** Addresses of one peer that a seed tells others. */
const MAX_ADDRESSES = 16;

export interface BootstrapServerDeps {
  readonly host: Pick<Host, "addressesOf">;
  readonly registrations: Registrations;
}

/** What a seed answers: it remembers who advertises, and tells who did. */
export function bootstrapService(
  { allowPrivateIps }: { readonly allowPrivateIps: boolean },
  { host, registrations }: BootstrapServerDeps,
): RpcService {
  return {
    protocol: BOOTSTRAP_PROTOCOL,
    errors: bootstrapErrors,
    methods: [
      serve(advertise, async ({ namespace }, { peer }) => {
        if (namespace.length > MAX_NAME) throw new QanatError("p2p/name", "the name is too long");
        const addresses = (await host.addressesOf(peer))
          .filter((address) => tcpTarget(address) !== null && (allowPrivateIps || isPublic(address)))
          .slice(0, MAX_ADDRESSES);
        if (addresses.length === 0) registrations.remove(namespace, peer);
        else if (!registrations.add(namespace, { id: peer, addresses })) throw noRoom();
        return { ttl: BigInt(REGISTRATION_MS) * NS_PER_MS };
      }),
      serve(discover, ({ namespace, limit }) => {
        const wanted = limit < 1n || limit > MAX_DISCOVERED ? MAX_DISCOVERED : Number(limit);
        return { peers: registrations.some(namespace, wanted).map(encodePeer) };
      }),
    ],
  };
}

function noRoom(): CodedError {
  return new CodedError("unknown", 1, "too many peers are registered");
}
