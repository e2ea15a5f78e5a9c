import type { Hash, Namespace } from "../../../src/codec/common-types.ts";
import { type Committed, MkvsTree } from "../../../src/storage/mkvs/mkvs-tree.ts";
import { encodeInput, encodeOutput, inputKey, outputKey, tagKey } from "../../../src/types/io-tree.ts";
import { ROOT_IO } from "../../../src/types/storage.ts";
import type { EmittedTag } from "./round.ts";

/** The I/O tree of a round while it grows: first all inputs, then outputs and tags (facts/runtime.md 1.5). */
export class IoTree {
  readonly #tree = MkvsTree.empty(ROOT_IO);
  readonly #namespace: Namespace;
  readonly #round: bigint;

  constructor(namespace: Namespace, round: bigint) {
    this.#namespace = namespace;
    this.#round = round;
  }

  addInput(txHash: Hash, input: Uint8Array, batchOrder: number): void {
    this.#tree.insert(inputKey(txHash), encodeInput(input, batchOrder));
  }

  addOutput(txHash: Hash, output: Uint8Array, tags: readonly EmittedTag[]): void {
    this.#tree.insert(outputKey(txHash), encodeOutput(output));
    for (const { key, value } of tags) this.#tree.insert(tagKey(key, txHash), value);
  }

  /** Root so far, and what was added since the last time. */
  commit(): Committed {
    return this.#tree.commit(this.#namespace, this.#round);
  }
}
