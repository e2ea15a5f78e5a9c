import type { KnownPeer } from "../known-peer.ts";
import type { Multiaddr } from "../multiaddr.ts";
import type { TrimLimits } from "./connection-trim.ts";

export interface HostOptions {
  /** Where to accept connections; null: nowhere. Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** Addresses that peers are told besides those of this machine. */
  readonly announce: readonly Multiaddr[];
  /** As identify tells it: `oasis-core/26.1`. */
  readonly userAgent: string;
  readonly connections: TrimLimits;
  /** Peers whose connections are never closed for want of room. */
  readonly persistentPeers: readonly KnownPeer[];
  /** Numeric addresses with which there are no connections. */
  readonly blockedIps: readonly string[];
  /** What the node needs to publish; null: it does not take part in gossip, as seeds do not. */
  readonly gossip: GossipLimits | null;
}

export interface GossipLimits {
  /** Bytes that may wait for one peer; more, and messages to it are dropped. */
  readonly maxOutboundBytes: number;
  /** Messages that are processed at once. */
  readonly messageConcurrency: number;
}

/** How many connections there may be beyond the limit from which they are closed: those that may not be closed. */
const HEADROOM = 2;
/** Connections from one address in a second. Several nodes may run behind one address. */
export const MAX_INBOUND_PER_SECOND = 16;
/** Connections whose handshake is not finished. */
export const MAX_PENDING_INBOUND = 64;
/** Dials at once, as go-libp2p has it. */
export const MAX_PARALLEL_DIALS = 100;
/** Addresses of one peer that are tried. */
export const MAX_ADDRESSES_OF_PEER = 25;
/** For connecting to a peer, all of its addresses together. */
export const DIAL_TIMEOUT_MS = 15_000;
/** For one address. */
export const ADDRESS_TIMEOUT_MS = 5_000;
/** For a peer that connected, to finish its handshake. */
export const UPGRADE_TIMEOUT_MS = 10_000;
/** Between checks whether a silent peer is still there. */
export const PING_INTERVAL_MS = 60_000;
/** Bytes of one identify message: go-libp2p splits what is longer than 2 kB and reads at most 8 kB of a part. */
export const MAX_IDENTIFY_BYTES = 64 * 1024;
/** Streams in one direction on one connection, as go-libp2p limits them for one peer. */
export const MAX_STREAMS = 512;
/** Bytes of one stream that wait to be read; yamux windows keep honest peers below. */
export const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** Connections at which new ones are refused outright. */
export function hardLimit({ high }: TrimLimits): number {
  return HEADROOM * high;
}
