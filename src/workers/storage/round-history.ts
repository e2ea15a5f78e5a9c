import type { Namespace } from "../../codec/common-types.ts";
import type { Table } from "../../storage/environment/table.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";

/** The finalized blocks of one ParaTime, by round (facts/runtime.md 6.6). */
export interface RoundHistory {
  first(): AnnotatedBlock | null;
  last(): AnnotatedBlock | null;
  get(round: bigint): AnnotatedBlock | null;
  /** Adds the block that follows the last one. */
  append(block: AnnotatedBlock): void;
  /**
   * Forgets the blocks of rounds before `round`, from the first on and at most `limit` of them; the last always stays.
   * @returns whether more are left to forget
   */
  prune(round: bigint, limit: number): boolean;
}

/** The history of one ParaTime in the table that all of them share. */
export class StoredRoundHistory implements RoundHistory {
  readonly #runtimeId: Namespace;
  readonly #blocks: Table<readonly [Namespace, bigint], AnnotatedBlock>;
  #last: AnnotatedBlock | null;

  constructor(runtimeId: Namespace, blocks: Table<readonly [Namespace, bigint], AnnotatedBlock>) {
    this.#runtimeId = runtimeId;
    this.#blocks = blocks;
    this.#last = this.#one(true);
  }

  first(): AnnotatedBlock | null {
    return this.#one(false);
  }

  last(): AnnotatedBlock | null {
    return this.#last;
  }

  get(round: bigint): AnnotatedBlock | null {
    return this.#blocks.get([this.#runtimeId, round]);
  }

  append(block: AnnotatedBlock): void {
    this.#blocks.put([this.#runtimeId, block.block.header.round], block);
    this.#last = block;
  }

  prune(round: bigint, limit: number): boolean {
    const last = this.#last?.block.header.round ?? 0n;
    const to = round < last ? round : last;
    const found = [
      ...this.#blocks.keys({ prefix: [this.#runtimeId], to: [this.#runtimeId, to], limit: limit + 1 }),
    ];
    for (const key of found.slice(0, limit)) this.#blocks.remove(key);
    return found.length > limit;
  }

  #one(reverse: boolean): AnnotatedBlock | null {
    for (const [, block] of this.#blocks.range({ prefix: [this.#runtimeId], reverse, limit: 1 }))
      return block;
    return null;
  }
}
