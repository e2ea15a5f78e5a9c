import { compare } from "../../codec/bytes.ts";
import { bitAt, bytesForBits, joinBits, sliceBits } from "../mkvs/bits.ts";
import { type Internal, Leaf, type Node, type NodeSource, nodeOf, type Ref } from "../mkvs/node.ts";
import type { KeyValue } from "../tree.ts";

/** What takes the nodes that a walk over a tree touches. */
export interface NodeSink {
  /** Takes a node; its hash must be known. */
  include(ref: Ref, node: Node): void;
}

/** A fork on the way to the current entry. */
interface Frame {
  readonly node: Internal;
  /** Bits from the root to where the fork ends, and these bits. */
  readonly end: number;
  readonly path: Uint8Array;
  /** The key that is looked for below. */
  key: Uint8Array;
  /** The child that was looked into last. */
  done: "nothing" | "leaf" | "left" | "right";
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
  readonly #sink: NodeSink;
  /** Forks above the current entry, the deepest last. */
  readonly #frames: Frame[] = [];

  constructor(source: NodeSource, top: Ref | null, sink: NodeSink) {
    this.#source = source;
    this.#top = top;
    this.#sink = sink;
  }

  /** Goes to the first entry whose key is not less than `key`. */
  seek(key: Uint8Array): void {
    this.current = null;
    this.#frames.length = 0;
    this.#enter(this.#top, 0, new Uint8Array(0), key);
    this.#advance();
  }

  /** Goes to the next entry. */
  next(): void {
    if (this.current === null) return;
    for (const frame of this.#frames) frame.key = this.current[0];
    this.current = null;
    this.#advance();
  }

  /** Looks into one child after the other until there is a current entry. */
  #advance(): void {
    while (this.current === null) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return;
      const { node, end, path, key } = frame;
      const endsHere = key.length * 8 <= end;
      // The key branched off before this subtree: all of it comes after the key.
      const takeFirst = end > 0 && key.length * 8 >= end && compare(key, path) < 0;
      const from = endsHere ? withBit(key, end, 0) : key;
      switch (frame.done) {
        case "nothing":
          frame.done = "leaf";
          if (endsHere || takeFirst) this.#enter(node.leaf, end, path, key);
          break;
        case "leaf":
          frame.done = bitAt(from, end) === 0 || takeFirst ? "left" : "right";
          this.#enter(node[frame.done], end, path, from);
          break;
        case "left":
          frame.done = "right";
          this.#enter(node.right, end, path, rightOf(from, end));
          break;
        case "right":
          this.#frames.pop();
          break;
      }
    }
  }

  /** Touches a node. A leaf from `key` on becomes the current entry, a fork is looked into next. */
  #enter(ref: Ref | null, depth: number, prefix: Uint8Array, key: Uint8Array): void {
    if (ref === null) return;
    const node = nodeOf(this.#source, ref);
    this.#sink.include(ref, node);
    if (node instanceof Leaf) {
      if (compare(node.key, key) >= 0) this.current = [node.key, node.value];
      return;
    }
    const path = joinBits(prefix, depth, node.label, node.labelBits);
    this.#frames.push({ node, end: depth + node.labelBits, path, key, done: "nothing" });
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
