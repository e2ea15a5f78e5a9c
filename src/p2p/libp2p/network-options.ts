import type { HostOptions } from "./host/host-options.ts";
import type { KnownPeer } from "./known-peer.ts";

/** The node on the network of ParaTime nodes, as the configuration has it under `p2p`. */
export interface CommitteeNetworkOptions extends Omit<HostOptions, "gossip"> {
  readonly chainContext: string;
  /** Whom to ask for peers; nobody where discovery is off. */
  readonly seeds: readonly KnownPeer[];
  /** How long what a seed said is good for. */
  readonly retentionMs: number;
  readonly gossip: {
    /** Messages that wait for one peer. */
    readonly outboundQueue: number;
    /** Messages that wait to be looked at. */
    readonly validateQueue: number;
    /** Messages that are handled at once: of one topic, of all. */
    readonly perTopic: number;
    readonly total: number;
  };
  /** Where known peers are kept; null: nowhere. */
  readonly peersPath: string | null;
}

/** Connections beyond the wanted number that are let in before some are closed (oasis-core v26.1 go/p2p/p2p.go). */
export const SURPLUS_CONNECTIONS = 30;
/** Bytes that one waiting message stands for: most are far shorter, the longest has 1 MiB. */
export const BYTES_OF_WAITING_MESSAGE = 128 * 1024;
