import { NAMESPACE_LENGTH, type Namespace } from "../../codec/common-types.ts";
import { bool } from "../../codec/schema.ts";
import {
  bytesKey,
  bytesValue,
  cborValue,
  defineTable,
  fixedKey,
  textKey,
  u64Key,
} from "../../storage/environment/table.ts";
import { AnnotatedBlock } from "../../types/roothash-block.ts";
import { UpgradeList } from "../upgrades/upgrade-entry.ts";

/** Tables of the workers. */
export const workerTables = {
  roundBlocks: defineTable({
    name: "runtime-blocks",
    key: [fixedKey<Namespace>("runtime_id", NAMESPACE_LENGTH), u64Key("round")],
    value: cborValue(AnnotatedBlock),
    meaning: "Finalized blocks of ParaTimes, with the height that finalized them.",
  }),
  /** Scoped by the ParaTime's id in hex. */
  localStorage: defineTable({
    name: "runtime-local-storage",
    key: [bytesKey("key")],
    value: bytesValue,
    meaning: "What a ParaTime keeps on this node alone; never part of the network's state.",
  }),
  requests: defineTable({
    name: "worker-requests",
    key: [textKey("request")],
    value: cborValue(bool),
    meaning: "What the node was asked to do and has not done yet: `leave` the network and stop.",
  }),
  upgrades: defineTable({
    name: "worker-upgrades",
    key: [textKey("list")],
    value: cborValue(UpgradeList),
    meaning: "One entry, `pending`: upgrades of the network that the node was told of or has stopped for.",
  }),
} as const;
