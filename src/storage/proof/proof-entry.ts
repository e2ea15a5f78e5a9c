import type { Hash } from "../../codec/common-types.ts";
import type { Node, NodeSource } from "../mkvs/node.ts";
import { type ProofVersion, proofNodeBytes } from "./proof-node.ts";

/** First byte of an entry that is a node. */
export const ENTRY_NODE = 1;
/** First byte of an entry that is the hash of a subtree left out. */
export const ENTRY_HASH = 2;

/** The entry of a node that is part of the proof. */
export function nodeEntry(source: NodeSource, node: Node, version: ProofVersion): Uint8Array {
  return entryOf(ENTRY_NODE, proofNodeBytes(source, node, version));
}

/** The entry of a subtree that is left out. */
export function hashEntry(hash: Hash): Uint8Array {
  return entryOf(ENTRY_HASH, hash);
}

function entryOf(kind: number, content: Uint8Array): Uint8Array {
  const entry = new Uint8Array(1 + content.length);
  entry[0] = kind;
  entry.set(content, 1);
  return entry;
}
