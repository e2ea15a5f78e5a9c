import { equal } from "../../codec/bytes.ts";
import { bitAt, joinBits } from "./bits.ts";
import { discard, type Edit, type Edited, replaceAtEnd, type Step, writable } from "./edit.ts";
import { children, type Internal, Leaf, nodeOf, type Ref } from "./node.ts";

/**
 * Removes `key`. A fork that keeps a single child is replaced by that child, so that the shape of the tree
 * depends on its entries only (facts/formats.md 6.1).
 */
export function remove(edit: Edit, root: Ref | null, key: Uint8Array): Edited {
  const keyBits = key.length * 8;
  const path: Step[] = [];
  let ref = root;
  let depth = 0;
  while (ref !== null) {
    const node = nodeOf(edit.source, ref);
    if (node instanceof Leaf) {
      if (!equal(node.key, key)) break;
      // What may fail, loading a sibling, comes before any change.
      const rest = withoutEnd(edit, path);
      discard(edit, ref);
      return { root: rest, existed: true };
    }
    depth += node.labelBits;
    if (depth > keyBits) break;
    const slot: Step["slot"] = depth === keyBits ? "leaf" : bitAt(key, depth) === 1 ? "right" : "left";
    path.push({ ref, node, slot });
    ref = node[slot];
  }
  return { root, existed: false };
}

/** The root of the tree in which the slot at the end of `path` is empty. */
function withoutEnd(edit: Edit, path: Step[]): Ref | null {
  const last = path.at(-1);
  if (last === undefined) return null;
  const [only, another] = children(last.node).filter((child) => child !== last.node[last.slot]);
  if (only === undefined || another !== undefined) return replaceAtEnd(edit, path, null);
  path.pop();
  const child = nodeOf(edit.source, only);
  const lifted = child instanceof Leaf ? only : prolonged(edit, last.node, only, child);
  discard(edit, last.ref);
  return replaceAtEnd(edit, path, lifted);
}

/** The fork `child` with the label of its parent put before its own. */
function prolonged(edit: Edit, parent: Internal, ref: Ref, child: Internal): Ref {
  const changed = writable(edit, ref, child);
  changed.node.label = joinBits(parent.label, parent.labelBits, child.label, child.labelBits);
  changed.node.labelBits = parent.labelBits + changed.node.labelBits;
  return changed;
}
