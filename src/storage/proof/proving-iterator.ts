import { compare } from "../../codec/bytes.ts";
import { bitAt, bytesForBits, joinBits, sliceBits } from "../mkvs/bits.ts";
import { Leaf, type NodeSource, nodeOf, type Ref } from "../mkvs/node.ts";
import type { KeyValue } from "../tree.ts";
import type { ProofBuilder } from "./proof-builder.ts";

/** How far a fork on the way to the current entry is done: up to its leaf slot, its left or its right child. */
type Done = "nothing" | "leaf" | "left" | "right";

/** A fork on the way to the current entry. */
interface Frame {
  readonly ref: Ref;
  /** Bits of the path to where the fork's label begins, and the path. */
  readonly depth: number;
  readonly prefix: Uint8Array;
  readonly done: Done;
}

/**
 * Walks over entries and puts every node it touches into a proof.
 *
 * It touches the nodes that the network's iterator touches, which are more than the walk needs where a key lies
 * after a whole subtree: a client repeats the walk on the proof and refuses one that lacks a node.
 * oasis-core v26.1 go/storage/mkvs/iterator.go.
 */
export class ProvingIterator {
  /** The entry that the iterator stands at; null at the end. */
  current: KeyValue | null = null;
  readonly #source: NodeSource;
  readonly #top: Ref | null;
  readonly #builder: ProofBuilder;
  /** Forks above the current entry, the deepest last. */
  #frames: Frame[] = [];

  constructor(source: NodeSource, top: Ref | null, builder: ProofBuilder) {
    this.#source = source;
    this.#top = top;
    this.#builder = builder;
  }

  /** Goes to the first entry whose key is not less than `key`. */
  seek(key: Uint8Array): void {
    this.current = null;
    this.#frames = [];
    this.#enter(this.#top, 0, new Uint8Array(0), key, "nothing", this.#frames);
    this.#frames.reverse();
  }

  /** Goes to the next entry. */
  next(): void {
    const key = this.current?.[0];
    this.current = null;
    if (key === undefined) return;
    for (let frame = this.#frames.pop(); frame !== undefined; frame = this.#frames.pop()) {
      const found: Frame[] = [];
      if (this.#enter(frame.ref, frame.depth, frame.prefix, key, frame.done, found)) {
        this.#frames.push(...found.reverse());
        return;
      }
    }
  }

  /**
   * Looks below `ref`, of which `done` is behind us, for the first entry from `key` on. When there is one it becomes
   * the current one, and the forks above it go to `found`, the deepest first.
   */
  #enter(
    ref: Ref | null,
    depth: number,
    prefix: Uint8Array,
    key: Uint8Array,
    done: Done,
    found: Frame[],
  ): boolean {
    if (ref === null) return false;
    const node = nodeOf(this.#source, ref);
    this.#builder.include(ref, node);
    if (node instanceof Leaf) {
      if (compare(node.key, key) < 0) return false;
      this.current = [node.key, node.value];
      return true;
    }
    const end = depth + node.labelBits;
    const path = joinBits(prefix, depth, node.label, node.labelBits);
    const keyBits = key.length * 8;
    const endsHere = keyBits <= end;
    // The key branched off before this subtree: all of it comes after the key.
    const takeFirst = end > 0 && keyBits >= end && compare(key, path) < 0;
    const descend = (child: Ref | null, from: Uint8Array, after: Done): boolean => {
      if (!this.#enter(child, end, path, from, "nothing", found)) return false;
      found.push({ ref, depth, prefix, done: after });
      return true;
    };
    if (done === "right") return false;
    if (done === "left") return descend(node.right, rightOf(key, end), "right");
    if (done === "nothing" && (endsHere || takeFirst) && descend(node.leaf, key, "leaf")) return true;
    let from = endsHere ? withBit(key, end, 0) : key;
    if (bitAt(from, end) === 0 || takeFirst) {
      if (descend(node.left, from, "left")) return true;
      from = rightOf(from, end);
    }
    return descend(node.right, from, "right");
  }
}

/** `key` made `bits + 1` bits long, with its last bit set to `bit`. */
function withBit(key: Uint8Array, bits: number, bit: 0 | 1): Uint8Array {
  const out = new Uint8Array(bytesForBits(bits + 1));
  out.set(key);
  const mask = 0x80 >>> (bits & 7);
  if (bit === 1) out[bits >>> 3]! |= mask;
  else out[bits >>> 3]! &= ~mask;
  return out;
}

/** The first key in the right child of a fork that ends at bit `end` of `key`. */
function rightOf(key: Uint8Array, end: number): Uint8Array {
  return withBit(sliceBits(key, 0, end), end, 1);
}
