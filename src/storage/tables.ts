import { HASH_LENGTH, hash } from "../codec/common-types.ts";
import { bytes, nullable, struct, u64 } from "../codec/schema.ts";
import { Metadata, WriteLog } from "../types/storage.ts";
import { bytesValue, cborValue, defineTable, fixedKey, textKey, u64Key, uint } from "./environment/table.ts";
import { NODE_ID_LENGTH, nodeIds, nodeRecord } from "./node-db/node-record.ts";

/** State of one node database. */
export const NodeDbMeta = struct("NodeDbMeta", {
  /** First version that was not pruned. */
  earliest: u64,
  /** Last finalized version. */
  latest: nullable(u64),
  /** Number of the next node. */
  next_node: u64,
  /** Version that is being restored; null when none is. */
  multipart: nullable(u64),
});

/** A stored root. */
export const RootRecord = struct("RootRecord", {
  /** What it was made from. */
  parent_version: u64,
  parent_hash: hash,
  /** Number of the top node; 0 for an empty tree. */
  top: u64,
  /**
   * Numbers of the nodes that were made for it: the first, and how many from there on. Of use only where it was made
   * from another root; otherwise all its nodes are its own.
   */
  first_node: u64,
  node_count: u64,
});

/** How far a tree has been put together from a checkpoint. */
export const RestoreRecord = struct("RestoreRecord", {
  checkpoint: Metadata,
  /** A byte for each chunk: 1 when all of it is stored. */
  chunks: bytes,
  /** Number of the top node; 0 for an empty tree. */
  top: u64,
  /** How many numbers were given to nodes of the tree, and to how many of them there is a node: at the end the same. */
  numbers: u64,
  nodes: u64,
});

/**
 * Every table of the node's database. Names and layouts are never used again for something else: a change is a new
 * name or a new format version.
 *
 * Tables of node databases are scoped by the namespace in hex.
 */
export const tables = {
  nodeDbMeta: defineTable({
    name: "mkvs_meta",
    key: [textKey("name")],
    value: cborValue(NodeDbMeta),
    meaning: "One entry, `state`: which versions of the trees there are.",
  }),
  nodes: defineTable({
    name: "mkvs_nodes",
    key: [uint("number", NODE_ID_LENGTH)],
    value: nodeRecord,
    meaning: "The nodes of all trees, numbered in the order in which they were made.",
  }),
  roots: defineTable({
    name: "mkvs_roots",
    key: [u64Key("version"), uint("root_type", 1), fixedKey("hash", HASH_LENGTH)],
    value: cborValue(RootRecord),
    meaning: "The roots of each version: candidates while it is pending, at most one of a type afterwards.",
  }),
  obsoleteNodes: defineTable({
    name: "mkvs_obsolete",
    key: [u64Key("version"), uint("root_type", 1), fixedKey("hash", HASH_LENGTH)],
    value: nodeIds,
    meaning:
      "The nodes of a root's parent that the root does not have: they go when the parent's version does.",
  }),
  garbage: defineTable({
    name: "mkvs_garbage",
    key: [uint("number", NODE_ID_LENGTH)],
    value: nodeIds,
    meaning:
      "Nodes that no root has any more and that are deleted a few at a time: those listed; where none is, the tree below the number.",
  }),
  restores: defineTable({
    name: "mkvs_restores",
    key: [uint("root_type", 1)],
    value: cborValue(RestoreRecord),
    meaning: "The trees of the version that is being restored.",
  }),
  writeLogs: defineTable({
    name: "mkvs_write_logs",
    key: [
      u64Key("version"),
      uint("root_type", 1),
      fixedKey("hash", HASH_LENGTH),
      fixedKey("parent_hash", HASH_LENGTH),
    ],
    value: cborValue(WriteLog),
    meaning: "The changes that lead to a root from its parent.",
  }),
  chainBlocks: defineTable({
    name: "chain_blocks",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "Block of a height, `tendermint.types.Block`.",
  }),
  chainBlockIds: defineTable({
    name: "chain_block_ids",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "Hash and part set header of the block of a height, `tendermint.types.BlockID`.",
  }),
  chainHeights: defineTable({
    name: "chain_heights",
    key: [fixedKey("header_hash", HASH_LENGTH)],
    value: bytesValue,
    meaning: "Height of the block with that header hash, 8 bytes, most significant first.",
  }),
  chainSeenCommit: defineTable({
    name: "chain_seen_commit",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "Commit with which the newest block was decided, `tendermint.types.Commit`; one entry.",
  }),
  chainResults: defineTable({
    name: "chain_results",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "Results of the block of a height, `tendermint.state.ABCIResponses`.",
  }),
  chainValidators: defineTable({
    name: "chain_validators",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "Validators from a height on, until the next entry, `tendermint.types.ValidatorSet`.",
  }),
  chainParams: defineTable({
    name: "chain_params",
    key: [u64Key("height")],
    value: bytesValue,
    meaning:
      "Consensus parameters from a height on, until the next entry, `tendermint.types.ConsensusParams`.",
  }),
  chainState: defineTable({
    name: "chain_state",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "The chain's state after the block of a height, `tendermint.state.State`; one entry.",
  }),
  chainPendingEvidence: defineTable({
    name: "chain_pending_evidence",
    key: [u64Key("height"), fixedKey("evidence_hash", HASH_LENGTH)],
    value: bytesValue,
    meaning: "Evidence that no block has yet, `tendermint.types.EvidenceList` of one.",
  }),
  lightBlocks: defineTable({
    name: "light_blocks",
    key: [u64Key("height")],
    value: bytesValue,
    meaning: "Verified blocks of the light client, `tendermint.types.LightBlock`.",
  }),
  chainCommittedEvidence: defineTable({
    name: "chain_committed_evidence",
    key: [u64Key("height"), fixedKey("evidence_hash", HASH_LENGTH)],
    value: bytesValue,
    meaning: "Evidence that a block has had: that block's height, 8 bytes, most significant first.",
  }),
} as const;
