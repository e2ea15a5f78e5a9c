import type { Environment } from "../../storage/environment/environment.ts";
import type { Range, Table } from "../../storage/environment/table.ts";
import { tables } from "../../storage/tables.ts";
import { ChainError } from "../errors.ts";
import { decodeLightBlock, encodeLightBlock, type LightBlock } from "../light-block.ts";

/** The blocks that a light client has verified, by height; they stay over restarts. */
export class TrustedStore {
  readonly #environment: Environment;
  readonly #blocks: Table<readonly [height: bigint], Uint8Array>;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#blocks = environment.table(tables.lightBlocks);
  }

  get(height: bigint): LightBlock | null {
    const encoded = this.#blocks.get([height]);
    return encoded === null ? null : read(height, encoded);
  }

  get firstHeight(): bigint | null {
    return this.#height({});
  }

  get lastHeight(): bigint | null {
    return this.#height({ reverse: true });
  }

  /** The nearest block not above a height. */
  atOrBelow(height: bigint): LightBlock | null {
    return this.#one({ to: [height + 1n], reverse: true });
  }

  /** The nearest block above a height. */
  above(height: bigint): LightBlock | null {
    return this.#one({ from: [height + 1n] });
  }

  /**
   * Keeps a block, and of the others the newest.
   * @param keep how many blocks stay
   * @param root height of a block that stays in any case
   */
  save(block: LightBlock, keep: number, root: bigint | null): void {
    this.#environment.transaction(() => {
      this.#blocks.put([block.header.height], encodeLightBlock(block));
      let excess = this.#blocks.count() - keep;
      if (excess <= 0) return;
      for (const key of [...this.#blocks.keys({ limit: excess + 1 })]) {
        if (key[0] === root || excess === 0) continue;
        this.#blocks.remove(key);
        excess--;
      }
    });
  }

  clear(): void {
    this.#environment.transaction(() => {
      for (const key of [...this.#blocks.keys()]) this.#blocks.remove(key);
    });
  }

  #height(range: Range<readonly [bigint]>): bigint | null {
    const [key] = this.#blocks.keys({ ...range, limit: 1 });
    return key === undefined ? null : key[0];
  }

  #one(range: Range<readonly [bigint]>): LightBlock | null {
    const [entry] = this.#blocks.range({ ...range, limit: 1 });
    return entry === undefined ? null : read(entry[0][0], entry[1]);
  }
}

function read(height: bigint, encoded: Uint8Array): LightBlock {
  try {
    return decodeLightBlock(encoded);
  } catch (cause) {
    throw new ChainError(
      "corrupt",
      `stored light block of height ${height} does not decode`,
      { height },
      { cause },
    );
  }
}
