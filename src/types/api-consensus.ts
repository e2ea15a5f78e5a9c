import { address, hash, publicKey } from "../codec/common-types.ts";
import {
  bool,
  bytes,
  type Infer,
  i64,
  list,
  nullable,
  optional,
  raw,
  struct,
  text,
  textEnum,
  u8,
  u32,
  u64,
  unixTime,
} from "../codec/schema.ts";
import { ConsensusAddress } from "./address.ts";
import { EpochTime, Version } from "./common.ts";
import { Parameters as ConsensusParameters, Result } from "./consensus.ts";
import { float64 } from "./float64.ts";
import { Root } from "./storage.ts";

// Structures that the consensus API gives out and that are neither in state nor on the chain.
// oasis-core v26.1 go/consensus/api, facts/api.md 2.13.

/** A consensus block; `meta` is CBOR of {@link BlockMeta}. `state_root` is the state before the block. */
export const Block = struct("Block", {
  height: i64,
  hash,
  time: unixTime,
  state_root: Root,
  size: optional(u64),
  meta: raw,
});
export type Block = Infer<typeof Block>;

/** The CometBFT part of a block: protobuf of header and last commit. */
export const BlockMeta = struct("BlockMeta", { header: bytes, last_commit: bytes });
export type BlockMeta = Infer<typeof BlockMeta>;

/** Results of a block; `meta` is CBOR of {@link BlockResultsMeta}. */
export const BlockResults = struct("BlockResults", { height: i64, meta: raw });
export type BlockResults = Infer<typeof BlockResults>;

/** Attribute of a CometBFT event. */
export const EventAttribute = struct("EventAttribute", {
  key: optional(text),
  value: optional(text),
  index: optional(bool),
});
export type EventAttribute = Infer<typeof EventAttribute>;

/** A CometBFT event. */
export const ABCIEvent = struct("ABCIEvent", {
  type: optional(text),
  attributes: optional(list(EventAttribute)),
});
export type ABCIEvent = Infer<typeof ABCIEvent>;

/** CometBFT's result of a transaction. */
export const ResponseDeliverTx = struct("ResponseDeliverTx", {
  code: optional(u32),
  data: optional(bytes),
  log: optional(text),
  info: optional(text),
  gas_wanted: optional(i64),
  gas_used: optional(i64),
  events: optional(list(ABCIEvent)),
  codespace: optional(text),
});
export type ResponseDeliverTx = Infer<typeof ResponseDeliverTx>;

/** The CometBFT part of a block's results. */
export const BlockResultsMeta = struct("BlockResultsMeta", {
  txs_results: list(ResponseDeliverTx),
  begin_block_events: list(ABCIEvent),
  end_block_events: list(ABCIEvent),
});
export type BlockResultsMeta = Infer<typeof BlockResultsMeta>;

/** A light block; `meta` is protobuf. */
export const LightBlock = struct("LightBlock", { height: i64, meta: bytes });
export type LightBlock = Infer<typeof LightBlock>;

/** A validator set; `meta` is protobuf. */
export const Validators = struct("Validators", { height: i64, meta: bytes });
export type Validators = Infer<typeof Validators>;

/** Consensus parameters; `meta` is protobuf of CometBFT's own. */
export const Parameters = struct("Parameters", { height: i64, parameters: ConsensusParameters, meta: bytes });
export type Parameters = Infer<typeof Parameters>;

/** Evidence of misbehaviour; `meta` is protobuf. */
export const Evidence = struct("Evidence", { meta: bytes });
export type Evidence = Infer<typeof Evidence>;

/** Transactions of a block with their results, in the same order. */
export const TransactionsWithResults = struct("TransactionsWithResults", {
  transactions: list(bytes),
  results: list(Result),
});
export type TransactionsWithResults = Infer<typeof TransactionsWithResults>;

/** Transactions of a block with their proofs, CBOR of the Merkle paths. */
export const TransactionsWithProofs = struct("TransactionsWithProofs", {
  transactions: list(bytes),
  proofs: list(bytes),
});
export type TransactionsWithProofs = Infer<typeof TransactionsWithProofs>;

/** A vote for the block being decided. */
export const Vote = struct("Vote", {
  node_id: publicKey,
  entity_id: publicKey,
  entity_address: address,
  voting_power: u64,
});
export type Vote = Infer<typeof Vote>;

/** Votes of one kind for the block being decided. */
export const Votes = struct("Votes", { voting_power: u64, ratio: float64, votes: list(Vote) });
export type Votes = Infer<typeof Votes>;

/** State of the block being decided. */
export const NextBlockState = struct("NextBlockState", {
  height: i64,
  num_validators: u64,
  voting_power: u64,
  prevotes: Votes,
  precommits: Votes,
});
export type NextBlockState = Infer<typeof NextBlockState>;

/** Whether the node follows the head of the chain. */
export const StatusState = textEnum("StatusState", "u8", { ready: 0, syncing: 1 });
export type StatusState = Infer<typeof StatusState>;
export const STATUS_READY = 0;
export const STATUS_SYNCING = 1;

/** Feature bit: consensus services can be queried. */
export const FEATURE_SERVICES = 1 << 0;
/** Feature bit: every block is verified by executing it. */
export const FEATURE_FULL_NODE = 1 << 1;
/** Feature bit: an archive node. */
export const FEATURE_ARCHIVE_NODE = 1 << 2;

/** The node on CometBFT's network; `peers` are `id@addr`. */
export const P2PStatus = struct("P2PStatus", {
  pub_key: publicKey,
  peer_id: text,
  addresses: list(ConsensusAddress),
  peers: list(text),
});
export type P2PStatus = Infer<typeof P2PStatus>;

/** Status of the consensus layer of a node. */
export const Status = struct("Status", {
  status: StatusState,
  version: Version,
  backend: text,
  features: u8,
  latest_height: i64,
  latest_hash: hash,
  latest_time: unixTime,
  latest_epoch: EpochTime,
  latest_state_root: Root,
  latest_block_size: optional(u64),
  genesis_height: i64,
  genesis_hash: hash,
  last_retained_height: i64,
  last_retained_hash: hash,
  chain_context: text,
  is_validator: bool,
  p2p: optional(nullable(P2PStatus)),
});
export type Status = Infer<typeof Status>;

/** Status of the light client; the official node only ever fills `peer_ids`. */
export const LightClientStatus = struct("LightClientStatus", {
  latest_height: i64,
  latest_hash: hash,
  latest_time: unixTime,
  oldest_height: i64,
  oldest_hash: hash,
  oldest_time: unixTime,
  peer_ids: list(text),
});
export type LightClientStatus = Infer<typeof LightClientStatus>;
