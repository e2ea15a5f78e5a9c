import { Internal, type NodeSource, newRef, type Ref } from "./node.ts";

/** What changing a tree needs and collects. */
export interface Edit {
  readonly source: NodeSource;
  /** Database numbers of stored nodes that the changed tree no longer has. */
  readonly obsolete: number[];
}

/** The result of changing a tree. */
export interface Edited {
  readonly root: Ref | null;
  /** Whether the key was there before. */
  readonly existed: boolean;
}

/** One fork on the way from the root to where a change happens, and the slot taken there. */
export interface Step {
  readonly ref: Ref;
  /** Held here too: the reference may lose it when loading what is below needs room. */
  readonly node: Internal;
  readonly slot: "leaf" | "left" | "right";
}

/** A reference to a fork that belongs to one tree alone, so its node is in memory. */
export type OwnFork = Ref & { node: Internal };

/** Notes that the tree no longer has the node of `ref`. */
export function discard(edit: Edit, ref: Ref): void {
  if (ref.id !== 0) edit.obsolete.push(ref.id);
}

/** A reference to the same fork that may be changed: itself, or a copy when it is shared with other trees. */
export function writable(edit: Edit, ref: Ref, node: Internal): OwnFork {
  if (!ref.shared) {
    ref.hash = null;
    return ref as OwnFork;
  }
  discard(edit, ref);
  return newRef(new Internal(node.label, node.labelBits, node.leaf, node.left, node.right)) as OwnFork;
}

/**
 * Puts `child` where `path` ends.
 * @returns the root of the changed tree
 */
export function replaceAtEnd(edit: Edit, path: readonly Step[], child: Ref | null): Ref | null {
  let below = child;
  for (let i = path.length - 1; i >= 0; i--) {
    const { ref, node, slot } = path[i]!;
    // Changed since it was last hashed, as is then everything above it.
    if (ref.hash === null && node[slot] === below) return path[0]!.ref;
    const changed = writable(edit, ref, node);
    changed.node[slot] = below;
    below = changed;
  }
  return below;
}
