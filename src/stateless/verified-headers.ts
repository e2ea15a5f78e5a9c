import { LRUCache } from "lru-cache";
import type { LightClient } from "../chain/light/light-client.ts";
import type { LightBlock } from "../chain/light-block.ts";
import { Emitter, type Subscribable } from "../telemetry/emitter.ts";
import { Missing } from "./missing.ts";

/** Blocks that are kept decoded. */
const DECODED_BLOCKS = 128;

/** The light blocks that the light client vouches for, and which of them is the newest. */
export class VerifiedHeaders {
  readonly #light: LightClient;
  readonly #decoded = new LRUCache<bigint, LightBlock>({ max: DECODED_BLOCKS });
  readonly #advanced = new Emitter<LightBlock>();
  #latest: LightBlock | null = null;

  constructor(light: LightClient) {
    this.#light = light;
  }

  /** The newest verified block; null before the first. */
  get latest(): LightBlock | null {
    return this.#latest;
  }

  get latestHeight(): bigint {
    return this.#latest?.header.height ?? 0n;
  }

  /** The oldest verified block that is kept; null before the first. */
  get oldest(): LightBlock | null {
    const height = this.#light.firstHeight;
    return height === null ? null : this.#known(height);
  }

  /** Emits each newest block. */
  get advanced(): Subscribable<LightBlock> {
    return this.#advanced;
  }

  /** The verified block of a height. @throws Missing */
  at(height: bigint): LightBlock {
    const known = this.#known(height);
    if (known !== null) return known;
    throw new Missing(`block ${height}`, async (signal) => {
      await this.verify(height, signal);
    });
  }

  /**
   * Has the light client verify the block of a height.
   * @throws LightError, the signal's reason
   */
  async verify(height: bigint, signal: AbortSignal): Promise<LightBlock> {
    const block = await this.#light.at(height, signal);
    this.#decoded.set(height, block);
    if (height > this.latestHeight) {
      this.#latest = block;
      this.#advanced.emit(block);
    }
    return block;
  }

  /** Resolves once a block of that height or a later one is verified. @throws the signal's reason */
  async reached(height: bigint, signal: AbortSignal): Promise<void> {
    if (this.latestHeight >= height) return;
    await this.#advanced.next(({ header }) => header.height >= height, signal);
  }

  /** Resolves with the first new block after which `accept` holds. @throws the signal's reason */
  async untilAdvanced(accept: () => boolean, signal: AbortSignal): Promise<void> {
    await this.#advanced.next(accept, signal);
  }

  #known(height: bigint): LightBlock | null {
    const decoded = this.#decoded.get(height);
    if (decoded !== undefined) return decoded;
    const known = this.#light.known(height);
    if (known !== null) this.#decoded.set(height, known);
    return known;
  }
}
