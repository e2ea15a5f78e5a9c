import { equal } from "../../codec/bytes.ts";
import { bitAt } from "./bits.ts";
import { Leaf, type NodeSource, nodeOf, type Ref } from "./node.ts";

/** The value under `key`, or null. Labels are not compared on the way: the leaf has the whole key. */
export function lookup(source: NodeSource, root: Ref | null, key: Uint8Array): Uint8Array | null {
  const keyBits = key.length * 8;
  let depth = 0;
  let ref = root;
  while (ref !== null) {
    const node = nodeOf(source, ref);
    if (node instanceof Leaf) return equal(node.key, key) ? node.value : null;
    depth += node.labelBits;
    if (depth > keyBits) return null;
    if (depth === keyBits) ref = node.leaf;
    else ref = bitAt(key, depth) === 1 ? node.right : node.left;
  }
  return null;
}
