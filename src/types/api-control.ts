import { namespace, publicKey } from "../codec/common-types.ts";
import {
  bool,
  type Infer,
  i64,
  int,
  list,
  map,
  nullable,
  optional,
  struct,
  text,
  u64,
  unixTime,
} from "../codec/schema.ts";
import { Address, ConsensusAddress } from "./address.ts";
import { Status as ConsensusStatus, LightClientStatus } from "./api-consensus.ts";
import { Status as KeyManagerStatus } from "./api-keymanager.ts";
import { RuntimeStatus } from "./api-runtime-status.ts";
import { StatelessStatus } from "./api-stateless.ts";
import { float64 } from "./float64.ts";
import { Node } from "./node.ts";
import { PeerID } from "./peer-id.ts";
import { NodeStatus } from "./registry.ts";
import { PendingUpgrade } from "./upgrade.ts";

// The node's status as `control status` prints it. oasis-core v26.1 go/control/api, facts/api.md 2.13.

/** Debug switches of the node. */
export const DebugStatus = struct("DebugStatus", { enabled: bool, allow_root: bool });
export type DebugStatus = Infer<typeof DebugStatus>;

/** The node's public keys. */
export const IdentityStatus = struct("IdentityStatus", {
  node: publicKey,
  consensus: publicKey,
  tls: publicKey,
});
export type IdentityStatus = Infer<typeof IdentityStatus>;

/** Registration of the node with the network. */
export const RegistrationStatus = struct("RegistrationStatus", {
  last_attempt_successful: bool,
  last_attempt_error_message: optional(text),
  last_attempt: unixTime,
  last_registration: unixTime,
  descriptor: optional(nullable(Node)),
  node_status: optional(nullable(NodeStatus)),
});
export type RegistrationStatus = Infer<typeof RegistrationStatus>;

/** A peer that could not be reached, and why. Not in the official node. */
export const UnreachablePeer = struct("UnreachablePeer", {
  peer_id: PeerID,
  addresses: list(text),
  answer: text,
  last_attempt: unixTime,
});
export type UnreachablePeer = Infer<typeof UnreachablePeer>;

/** The node on the libp2p network; `protocols` and `topics` count connected peers. */
export const P2PStatus = struct("P2PStatus", {
  pub_key: publicKey,
  peer_id: PeerID,
  addresses: list(Address),
  num_peers: int,
  num_connections: int,
  protocols: map(text, int),
  topics: map(text, int),
  unreachable: optional(list(UnreachablePeer)),
});
export type P2PStatus = Infer<typeof P2PStatus>;

/** A seed node. */
export const SeedStatus = struct("SeedStatus", {
  chain_context: text,
  addresses: list(text),
  node_peers: list(text),
});
export type SeedStatus = Infer<typeof SeedStatus>;

/** Where a sentry node takes consensus peers: what the node behind it registers as its own. */
export const SentryAddresses = struct("SentryAddresses", { consensus: list(ConsensusAddress) });
export type SentryAddresses = Infer<typeof SentryAddresses>;

/**
 * Something the node waits for. Not in the official node: clients that do not know it skip it.
 *
 * `subject` names the part of the node (`consensus`, `registration`, `runtime <id>`), `for` what it waits for in
 * words, `remedy` what the operator can do.
 */
export const Waiting = struct("Waiting", { subject: text, for: text, since: unixTime, remedy: text });
export type Waiting = Infer<typeof Waiting>;

/** Something that works and is not as it should be. Not in the official node either. */
export const Warning = struct("Warning", { subject: text, text, since: unixTime, remedy: text });
export type Warning = Infer<typeof Warning>;

/** The node's database, in bytes. Not in the official node either. */
export const StorageStatus = struct("StorageStatus", {
  /** In use. */
  used_bytes: u64,
  /** Taken on disk; what is not in use is used again before the file grows. */
  file_bytes: u64,
  /** Left on the disk for others and for growth. */
  disk_free_bytes: u64,
});
export type StorageStatus = Infer<typeof StorageStatus>;

/** A connected peer of the consensus layer; `direction` is inbound or outbound, `score` 0 down to -100. */
export const ConnectedPeer = struct("ConnectedPeer", {
  id: text,
  address: text,
  moniker: text,
  direction: text,
  persistent: bool,
  since: unixTime,
  sent_bytes: u64,
  received_bytes: u64,
  score: int,
});

/** An address that was dialed and what it answered: `connected`, or what went wrong. */
export const DialedAddress = struct("DialedAddress", {
  address: text,
  answer: text,
  /** Since it last worked. */
  attempts: u64,
  last_attempt: unixTime,
});

/** A peer or IP that stays away until then. */
export const BannedPeer = struct("BannedPeer", { name: text, reason: text, until: unixTime });

/** Peers of the consensus layer. Not in the official node. */
export const ConsensusPeersStatus = struct("ConsensusPeersStatus", {
  /** `host:port`; empty when the node does not listen. */
  listening: text,
  known_addresses: u64,
  connected: list(ConnectedPeer),
  /** The last ones, newest first. */
  dialed: list(DialedAddress),
  banned: list(BannedPeer),
});
export type ConsensusPeersStatus = Infer<typeof ConsensusPeersStatus>;

/** How far a node is on its way to the head of the chain. Not in the official node. */
export const SyncStatus = struct("SyncStatus", {
  /** `checkpoint` or `blocks`. */
  phase: text,
  height: i64,
  /** Newest height that a peer has told; 0 before any has. */
  target: i64,
  blocks_per_second: float64,
  /** At that rate; left out while nothing moves. */
  seconds_left: optional(nullable(u64)),
});
export type SyncStatus = Infer<typeof SyncStatus>;

/**
 * What became of a validator's signatures for blocks since it started: `included` in the next block, signed but too
 * `late` for it, a vote for `nil` since proposal or prevotes came too late, or `none`.
 */
export const SigningStatus = struct("SigningStatus", {
  since_height: i64,
  included: u64,
  late: u64,
  nil: u64,
  none: u64,
  /** The last height whose signature was not included. */
  last_missed: optional(nullable(i64)),
});
export type SigningStatus = Infer<typeof SigningStatus>;

/**
 * Status of a node. `sync`, `consensus_peers`, `signing`, `network`, `storage`, `waiting` and `warnings` are our additions, left out when there
 * is nothing to say.
 */
export const Status = struct("Status", {
  software_version: text,
  mode: text,
  debug: optional(nullable(DebugStatus)),
  identity: IdentityStatus,
  consensus: optional(nullable(ConsensusStatus)),
  light_client: optional(nullable(LightClientStatus)),
  runtimes: optional(map(namespace, RuntimeStatus)),
  registration: optional(nullable(RegistrationStatus)),
  keymanager: optional(nullable(KeyManagerStatus)),
  pending_upgrades: optional(list(PendingUpgrade)),
  p2p: optional(nullable(P2PStatus)),
  seed: optional(nullable(SeedStatus)),
  sync: optional(nullable(SyncStatus)),
  consensus_peers: optional(nullable(ConsensusPeersStatus)),
  signing: optional(nullable(SigningStatus)),
  /** Set where the node keeps no consensus state. */
  stateless: optional(nullable(StatelessStatus)),
  /** Name of the network, where it has one. */
  network: optional(text),
  storage: optional(nullable(StorageStatus)),
  waiting: optional(list(Waiting)),
  warnings: optional(list(Warning)),
});
export type Status = Infer<typeof Status>;
