import { equal } from "../../codec/bytes.ts";
import { bitAt, commonPrefix, commonPrefixWithLabel, sliceBits } from "./bits.ts";
import { discard, type Edit, type Edited, replaceAtEnd, type Step, writable } from "./edit.ts";
import { Internal, Leaf, newRef, nodeOf, type Ref } from "./node.ts";

/**
 * Puts `value` under `key`. A tree that has the same value there already is left as it is.
 *
 * Where the key leaves the existing path, the path is split at the first bit that differs; a key that is a
 * prefix of what is there becomes the leaf slot of the new fork (facts/formats.md 6.1).
 */
export function insert(edit: Edit, root: Ref | null, key: Uint8Array, value: Uint8Array): Edited {
  const keyBits = key.length * 8;
  const path: Step[] = [];
  let ref = root;
  let depth = 0;
  while (ref !== null) {
    const node = nodeOf(edit.source, ref);
    if (node instanceof Leaf) {
      if (equal(node.key, key)) return replaceLeaf(edit, root, path, ref, node, value);
      const split = commonPrefix(node.key, key, depth);
      const label = sliceBits(key, depth, split);
      const fork = forkOf(label, split - depth, ref, bitOrEnd(node.key, split), key, split, value);
      return { root: replaceAtEnd(edit, path, fork), existed: false };
    }
    const common = commonPrefixWithLabel(key, depth, node.label, node.labelBits);
    if (common < node.labelBits) {
      const label = sliceBits(node.label, 0, common);
      const lower = writable(edit, ref, node);
      lower.node.label = sliceBits(node.label, common, node.labelBits);
      lower.node.labelBits -= common;
      const bit = bitAt(lower.node.label, 0);
      const fork = forkOf(label, common, lower, bit, key, depth + common, value);
      return { root: replaceAtEnd(edit, path, fork), existed: false };
    }
    depth += node.labelBits;
    const slot: Step["slot"] = depth === keyBits ? "leaf" : bitAt(key, depth) === 1 ? "right" : "left";
    path.push({ ref, node, slot });
    ref = node[slot];
  }
  return { root: replaceAtEnd(edit, path, newRef(new Leaf(key, value))), existed: false };
}

function replaceLeaf(
  edit: Edit,
  root: Ref | null,
  path: readonly Step[],
  ref: Ref,
  leaf: Leaf,
  value: Uint8Array,
): Edited {
  if (equal(leaf.value, value)) return { root, existed: true };
  discard(edit, ref);
  return { root: replaceAtEnd(edit, path, newRef(new Leaf(leaf.key, value))), existed: true };
}

/** Which slot a key takes at a fork at bit `depth`. */
function bitOrEnd(key: Uint8Array, depth: number): 0 | 1 | "end" {
  return depth === key.length * 8 ? "end" : bitAt(key, depth);
}

/** A fork at bit `depth` of an existing subtree, whose next bit is `bit`, and a new leaf. */
function forkOf(
  label: Uint8Array,
  labelBits: number,
  existing: Ref,
  bit: 0 | 1 | "end",
  key: Uint8Array,
  depth: number,
  value: Uint8Array,
): Ref {
  const fork = new Internal(label, labelBits, null, null, null);
  fork[slotOf(bit)] = existing;
  fork[slotOf(bitOrEnd(key, depth))] = newRef(new Leaf(key, value));
  return newRef(fork);
}

function slotOf(bit: 0 | 1 | "end"): Step["slot"] {
  return bit === "end" ? "leaf" : bit === 1 ? "right" : "left";
}
