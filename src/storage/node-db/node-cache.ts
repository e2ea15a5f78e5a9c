import { Leaf, type Node, type Ref } from "../mkvs/node.ts";

/**
 * Bounds the memory of stored nodes that are kept: when they take more than the limit, those that were not used
 * since the last look are dropped from their references and loaded again when needed.
 */
export class NodeCache {
  readonly #limitBytes: number;
  /** References with a node, in a ring that a hand goes round. */
  readonly #ring: Ref[] = [];
  #hand = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Estimated memory of the nodes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes in a shared reference whose node came into memory. */
  add(ref: Ref): void {
    ref.used = true;
    this.#ring.push(ref);
    this.#bytes += memoryOf(ref.node!);
    while (this.#bytes > this.#limitBytes && this.#ring.length > 1) this.#dropOne(ref);
  }

  /** Drops the first node under the hand that was not used since it came by last, but never that of `keep`. */
  #dropOne(keep: Ref): void {
    for (;;) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const ref = this.#ring[this.#hand]!;
      if (ref.used || ref === keep) {
        ref.used = false;
        this.#hand++;
        continue;
      }
      this.#bytes -= memoryOf(ref.node!);
      ref.node = null;
      // The last one takes the free place; the hand looks at it next.
      const last = this.#ring.pop()!;
      if (last !== ref) this.#ring[this.#hand] = last;
      return;
    }
  }
}

/** Measured on Node 24: objects and views of a fork with two children; a leaf adds its key and value. */
const INTERNAL_BYTES = 800;
const LEAF_BYTES = 400;

function memoryOf(node: Node): number {
  return node instanceof Leaf ? LEAF_BYTES + node.key.length + node.value.length : INTERNAL_BYTES;
}
