import type { GossipsubOpts } from "@libp2p/gossipsub";
import type { GossipLimits } from "../host/host-options.ts";
import type { Library } from "../host/library.ts";
import type { KnownPeer } from "../known-peer.ts";
import { messageId } from "./message-id.ts";

/** Longest message, as go-libp2p-pubsub has it; its envelope comes on top. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** How long the same bytes are not published again (oasis-core v26.1 go/p2p/p2p.go). */
export const SEEN_MS = 120_000;
/** Topics that one peer can be subscribed to cost memory: about as many kB. */
const MAX_TOPIC_BYTES_OF_PEER = 256 * 1024;

/** Gossip as the official node has it set: signed, flooded, with exchange of peers, without scores. */
export function gossipOptions(
  { maxOutboundBytes, messageConcurrency }: GossipLimits,
  persistentPeers: readonly KnownPeer[],
  { peerIdFromString, multiaddr }: Library,
): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: "StrictSign",
    msgIdFn: ({ topic, data }) => messageId(topic, data),
    floodPublish: true,
    doPX: true,
    directPeers: persistentPeers.map(({ id, addresses }) => ({
      id: peerIdFromString(id),
      addrs: addresses.map((address) => multiaddr(address)),
    })),
    D: 6,
    Dlo: 5,
    Dhi: 12,
    seenTTL: SEEN_MS,
    // The official node keeps no scores: who misbehaves is blocked by those who read the messages.
    scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
    scoreThresholds: { acceptPXThreshold: 0 },
    asyncValidation: false,
    emitSelf: false,
    allowPublishToZeroTopicPeers: true,
    maxInboundDataLength: MAX_MESSAGE_BYTES,
    maxOutboundBufferSize: maxOutboundBytes,
    messageProcessingConcurrency: messageConcurrency,
    maxTopicBytesPerPeer: MAX_TOPIC_BYTES_OF_PEER,
  };
}
