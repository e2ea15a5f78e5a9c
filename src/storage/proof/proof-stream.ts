import { type Internal, Leaf, type Node, type NodeSource, type Ref } from "../mkvs/node.ts";
import { hashEntry, nodeEntry } from "./proof-entry.ts";
import type { NodeSink } from "./proving-iterator.ts";

/**
 * Makes a proof of version 0 from the root while a tree is walked over, without keeping it: nodes must come in
 * pre-order, each once, and all above a node before it. What is left out is known by then.
 *
 * Gives the same entries and the same size as a {@link ProofBuilder} that the same nodes are put into.
 */
export class ProofStream implements NodeSink {
  readonly #source: NodeSource;
  readonly #emit: (entry: Uint8Array | null) => void;
  /** Places that entries are still to be made for, the next one last. */
  readonly #open: (Ref | null)[];
  /** The leaf that came along with the last fork. */
  #leafOfFork: Ref | null = null;
  #size = 0;

  /** @param root the top of the tree; null for the empty one */
  constructor(source: NodeSource, root: Ref | null, emit: (entry: Uint8Array | null) => void) {
    this.#source = source;
    this.#emit = emit;
    this.#open = [root];
  }

  /** Bytes of the nodes so far as the network counts them, a fork's leaf twice when it is touched by itself. */
  get size(): number {
    return this.#size;
  }

  include(ref: Ref, node: Node): void {
    const entry = nodeEntry(this.#source, node, 0);
    this.#size += entry.length;
    if (ref === this.#leafOfFork) return;
    this.#skipTo(ref);
    this.#emit(entry);
    if (node instanceof Leaf) return;
    const fork: Internal = node;
    this.#leafOfFork = fork.leaf;
    this.#open.push(fork.right, fork.left);
  }

  /** Makes the entries of everything that was left out. */
  end(): void {
    this.#skipTo(null);
  }

  #skipTo(ref: Ref | null): void {
    while (this.#open.length > 0) {
      const next = this.#open.pop()!;
      if (next !== null && next === ref) return;
      this.#emit(next === null ? null : hashEntry(next.hash!));
    }
    if (ref !== null) throw new TypeError("nodes of a proof must come in pre-order");
  }
}
