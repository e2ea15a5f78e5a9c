import { Internal, type Node, nodeOf, type Ref } from "../mkvs/node.ts";
import { ProofStream } from "../proof/proof-stream.ts";
import type { ChunkedTree, ChunkOutput } from "./chunk-output.ts";

/** What of a node was walked over: nothing, itself and its leaf, its left, its right too. */
type Walked = "nothing" | "self" | "left" | "right";

interface Step {
  readonly ref: Ref;
  readonly node: Node;
  walked: Walked;
  /** Whether the chunk in work has the node. */
  included: boolean;
}

/**
 * A part of a tree that is cut into chunks by itself (oasis-core v26.1 go/storage/mkvs/checkpoint/subtree.go): the way
 * down to it, and how far the walk over it has come. The rules of `split` and of where a chunk ends decide digests.
 */
export class SubtreeTask {
  readonly #tree: ChunkedTree;
  /** Nodes above the subtree, from the root down; every chunk has them. */
  #path: Step[];
  /** Nodes that are not walked over to the end, from the subtree's top down. */
  #pending: Step[];

  private constructor(tree: ChunkedTree, path: Step[], pending: Step[]) {
    this.#tree = tree;
    this.#path = path;
    this.#pending = pending;
  }

  /** The tree as a whole. */
  static whole(tree: ChunkedTree): SubtreeTask {
    const task = new SubtreeTask(tree, [], []);
    if (tree.top !== null) task.#visit(tree.top);
    return task;
  }

  get isDone(): boolean {
    return this.#pending.length === 0;
  }

  /** Makes the next chunk, until it is `chunkSize` bytes long or longer and ends with a leaf. */
  *nextChunk(chunkSize: number, output: ChunkOutput): Generator<void, void> {
    const proof = new ProofStream(this.#tree.source, this.#tree.top, (entry) => output.put(entry));
    for (const step of [...this.#path, ...this.#pending]) {
      proof.include(step.ref, step.node);
      step.included = true;
    }
    let endsWithLeaf = false;
    while (this.#pending.length > 0 && !(endsWithLeaf && proof.size >= chunkSize)) {
      const step = this.#pending.pop()!;
      if (!step.included) proof.include(step.ref, step.node);
      step.included = true;
      if (step.node instanceof Internal) {
        if (step.walked === "nothing") endsWithLeaf = false;
        this.#walk(step, step.node);
      } else {
        endsWithLeaf = true;
      }
      yield;
    }
    proof.end();
    output.end();
    this.#dropFinished();
  }

  /** The task in two, where it can be: the left one goes on in the place of this one. */
  split(): SubtreeTask[] {
    const first = this.#pending[0];
    // The empty tree is one chunk, which says that it is empty.
    if (first === undefined) return this.#tree.top === null ? [this] : [];
    const { node, walked } = first;
    if (!(node instanceof Internal)) return [this];
    if (walked === "nothing" || walked === "self") {
      if (node.left === null && node.right === null) return [this];
      return [node.left, node.right].flatMap((child) => (child === null ? [] : this.#taskOf(first, child)));
    }
    if (walked === "left") {
      if (this.#pending.length === 1) return [this];
      const right = node.right === null ? [] : [this.#taskOf(first, node.right)];
      this.#descend();
      return [...right, this];
    }
    this.#descend();
    return [this];
  }

  #visit(ref: Ref): void {
    this.#pending.push({ ref, node: nodeOf(this.#tree.source, ref), walked: "nothing", included: false });
  }

  /** Takes the next step at a fork. */
  #walk(step: Step, { leaf, left, right }: Internal): void {
    switch (step.walked) {
      case "nothing":
        this.#pending.push({ ...step, walked: "self" });
        if (leaf !== null) this.#visit(leaf);
        break;
      case "self":
        this.#pending.push({ ...step, walked: "left" });
        if (left !== null) this.#visit(left);
        break;
      case "left":
        this.#pending.push({ ...step, walked: "right" });
        if (right !== null) this.#visit(right);
        break;
      case "right":
        break;
    }
  }

  #taskOf(parent: Step, child: Ref): SubtreeTask {
    const task = new SubtreeTask(this.#tree, [...this.#path, { ...parent }], []);
    task.#visit(child);
    return task;
  }

  /** The top of the subtree becomes part of the way to it. */
  #descend(): void {
    this.#path = [...this.#path, this.#pending[0]!];
    this.#pending = this.#pending.slice(1);
  }

  /** Nodes below which nothing is left are not pending. */
  #dropFinished(): void {
    for (let last = this.#pending.at(-1); last !== undefined; last = this.#pending.at(-1)) {
      const { node, walked } = last;
      if (!(node instanceof Internal) || walked === "nothing") return;
      if (walked === "self" && (node.left !== null || node.right !== null)) return;
      if (walked === "left" && node.right !== null) return;
      this.#pending.pop();
    }
  }
}
