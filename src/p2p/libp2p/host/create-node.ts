import { networkInterfaces } from "node:os";
import type { GossipSub } from "@libp2p/gossipsub";
import type { Libp2p } from "@libp2p/interface";
import type { Signer } from "../../../crypto/signature.ts";
import { gossipOptions } from "../gossip/gossip-options.ts";
import { type Multiaddr, multiaddrOf } from "../multiaddr.ts";
import type { Gater } from "./gater.ts";
import { hostKey, useNetworkSignatures } from "./host-keys.ts";
import {
  ADDRESS_TIMEOUT_MS,
  DIAL_TIMEOUT_MS,
  type HostOptions,
  hardLimit,
  MAX_ADDRESSES_OF_PEER,
  MAX_IDENTIFY_BYTES,
  MAX_INBOUND_PER_SECOND,
  MAX_PARALLEL_DIALS,
  MAX_PENDING_INBOUND,
  MAX_STREAMS,
  MAX_UNREAD_BYTES,
  PING_INTERVAL_MS,
  UPGRADE_TIMEOUT_MS,
} from "./host-options.ts";
import type { Library } from "./library.ts";

/** The library's node with the services that ours has. */
export type HostNode = Libp2p<{ pubsub?: GossipSub }>;

interface NodeParts {
  readonly library: Library;
  readonly signer: Signer;
  readonly gater: Gater;
}

/** Puts the library's parts together; nothing listens or dials yet. */
export async function createNode(options: HostOptions, parts: NodeParts): Promise<HostNode> {
  const { library, signer, gater } = parts;
  useNetworkSignatures(library, signer.publicKey);
  const identity = { maxMessageSize: MAX_IDENTIFY_BYTES };
  const base = {
    identify: library.identify(identity),
    identifyPush: library.identifyPush(identity),
    ping: library.ping(),
  };
  const { gossip } = options;
  const services =
    gossip === null
      ? base
      : { ...base, pubsub: library.gossipsub(gossipOptions(gossip, options.persistentPeers, library)) };
  return (await library.createLibp2p({
    start: false,
    privateKey: hostKey(signer, library),
    nodeInfo: { userAgent: options.userAgent },
    addresses: addresses(options),
    transports: [library.tcp({ dialOpts: { noDelay: true } })],
    connectionEncrypters: [library.noise()],
    streamMuxers: [
      library.yamux({
        maxInboundStreams: MAX_STREAMS,
        maxOutboundStreams: MAX_STREAMS,
        streamOptions: { maxReadBufferLength: MAX_UNREAD_BYTES },
      }),
    ],
    connectionGater: gater.rules,
    connectionManager: {
      maxConnections: hardLimit(options.connections),
      inboundConnectionThreshold: MAX_INBOUND_PER_SECOND,
      maxIncomingPendingConnections: MAX_PENDING_INBOUND,
      maxParallelDials: MAX_PARALLEL_DIALS,
      maxPeerAddrsToDial: MAX_ADDRESSES_OF_PEER,
      dialTimeout: DIAL_TIMEOUT_MS,
      addressDialTimeout: ADDRESS_TIMEOUT_MS,
      inboundUpgradeTimeout: UPGRADE_TIMEOUT_MS,
    },
    connectionMonitor: { pingInterval: PING_INTERVAL_MS },
    services,
  })) as HostNode;
}

function addresses({ listen, announce }: HostOptions): { listen: string[]; announce?: string[] } {
  if (listen === null) return { listen: [] };
  const own = listen.port === 0 ? [] : ownAddresses(listen.host, listen.port);
  const announced = [...new Set([...announce, ...own])];
  return {
    listen: [multiaddrOf(listen.host, listen.port)],
    ...(announced.length > 0 && { announce: announced }),
  };
}

/** Addresses of this machine, which the library would tell only of those that others confirmed. */
function ownAddresses(host: string, port: number): Multiaddr[] {
  if (host !== "0.0.0.0") return [multiaddrOf(host, port)];
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => multiaddrOf(address, port));
}
