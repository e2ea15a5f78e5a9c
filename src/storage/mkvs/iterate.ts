import { compare } from "../../codec/bytes.ts";
import type { KeyValue } from "../tree.ts";
import { bitAt, commonPrefixWithLabel } from "./bits.ts";
import { Leaf, type NodeSource, nodeOf, type Ref } from "./node.ts";

/** The entries from the first key that is not less than `from`, in key order. The tree must not change meanwhile. */
export function* iterate(source: NodeSource, root: Ref | null, from: Uint8Array): Generator<KeyValue> {
  const open = subtreesFrom(source, root, from);
  while (open.length > 0) {
    const node = nodeOf(source, open.pop()!);
    if (node instanceof Leaf) {
      yield [node.key, node.value];
      continue;
    }
    if (node.right !== null) open.push(node.right);
    if (node.left !== null) open.push(node.left);
    if (node.leaf !== null) open.push(node.leaf);
  }
}

/** The subtrees that together hold exactly the keys from `from` on; the last one is the first in key order. */
function subtreesFrom(source: NodeSource, root: Ref | null, from: Uint8Array): Ref[] {
  const fromBits = from.length * 8;
  const open: Ref[] = [];
  let depth = 0;
  let ref = root;
  while (ref !== null) {
    const node = nodeOf(source, ref);
    if (node instanceof Leaf) {
      if (compare(node.key, from) >= 0) open.push(ref);
      break;
    }
    const common = commonPrefixWithLabel(from, depth, node.label, node.labelBits);
    depth += common;
    if (depth === fromBits || (common < node.labelBits && bitAt(from, depth) === 0)) {
      open.push(ref);
      break;
    }
    if (common < node.labelBits) break;
    if (bitAt(from, depth) === 1) {
      ref = node.right;
    } else {
      if (node.right !== null) open.push(node.right);
      ref = node.left;
    }
  }
  return open;
}
