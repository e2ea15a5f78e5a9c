import { bytesValue, defineTable, fixedKey, u64Key } from "../storage/environment/table.ts";
import { HASH_SIZE } from "./block-id.ts";

const height = u64Key("height");

/** Tables of the chain; values are the protobuf messages that the official node stores. */
export const chainTables = {
  blocks: defineTable({
    name: "chain-blocks",
    key: [height],
    value: bytesValue,
    meaning: "Block of a height, `tendermint.types.Block`.",
  }),
  blockIds: defineTable({
    name: "chain-block-ids",
    key: [height],
    value: bytesValue,
    meaning: "Hash and part set header of the block of a height, `tendermint.types.BlockID`.",
  }),
  heights: defineTable({
    name: "chain-heights",
    key: [fixedKey("block hash", HASH_SIZE)],
    value: bytesValue,
    meaning: "Height of the block with that hash, 8 bytes, most significant first.",
  }),
  seenCommit: defineTable({
    name: "chain-seen-commit",
    key: [height],
    value: bytesValue,
    meaning: "Commit with which the newest block was decided, `tendermint.types.Commit`; one entry.",
  }),
  results: defineTable({
    name: "chain-results",
    key: [height],
    value: bytesValue,
    meaning: "Results of the block of a height, `tendermint.state.ABCIResponses`.",
  }),
  validators: defineTable({
    name: "chain-validators",
    key: [height],
    value: bytesValue,
    meaning: "Validators from a height on, until the next entry, `tendermint.types.ValidatorSet`.",
  }),
  params: defineTable({
    name: "chain-params",
    key: [height],
    value: bytesValue,
    meaning:
      "Consensus parameters from a height on, until the next entry, `tendermint.types.ConsensusParams`.",
  }),
  state: defineTable({
    name: "chain-state",
    key: [height],
    value: bytesValue,
    meaning: "State after the block of a height, `tendermint.state.State`; one entry.",
  }),
};
