import { QanatError } from "../../codec/errors.ts";
import type { Root } from "../../types/storage.ts";
import type { MkvsTree } from "../mkvs/mkvs-tree.ts";
import type { Ref } from "../mkvs/node.ts";
import { isEmptyRoot, sameRoot } from "../root.ts";

/** A proof gets no more entries once it has so many bytes: a quarter of the longest message (facts/formats.md 1.3). */
export const MAX_PROOF_BYTES = 16 << 20;

/** Most prefixes in one request: each costs a walk of its own. */
export const MAX_PREFIXES = 65_536;

/**
 * The top of the tree that a request is about.
 * @throws QanatError `mkvs/invalid-root`, `mkvs/dirty-root`
 */
export function checkRequest(tree: MkvsTree, wanted: Root): Ref | null {
  if (tree.root === null ? !isEmptyRoot(wanted) : !sameRoot(tree.root, wanted)) {
    throw new QanatError("mkvs/invalid-root", "mkvs: invalid root");
  }
  if (tree.isDirty) throw new QanatError("mkvs/dirty-root", "mkvs: root is dirty");
  return tree.top();
}
