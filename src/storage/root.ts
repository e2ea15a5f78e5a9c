import { equal } from "../codec/bytes.ts";
import type { Namespace } from "../codec/common-types.ts";
import { EMPTY_HASH } from "../crypto/hash.ts";
import type { Root } from "../types/storage.ts";

/** The root of the tree without entries: it exists in every database and version. */
export function emptyRoot(ns: Namespace, version: bigint, rootType: number): Root {
  return { ns, version, root_type: rootType, hash: EMPTY_HASH };
}

/** Whether the tree of `root` has no entries. */
export function isEmptyRoot(root: Root): boolean {
  return equal(root.hash, EMPTY_HASH);
}

export function sameRoot(a: Root, b: Root): boolean {
  return a.root_type === b.root_type && a.version === b.version && equal(a.ns, b.ns) && equal(a.hash, b.hash);
}

/** Whether `root` may be a child of `parent`: same kind and namespace, same or next version (formats.md 6.2). */
export function follows(root: Root, parent: Root): boolean {
  return (
    root.root_type === parent.root_type &&
    equal(root.ns, parent.ns) &&
    (root.version === parent.version || root.version === parent.version + 1n)
  );
}
