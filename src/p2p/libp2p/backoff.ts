import type { Random } from "../comet/random.ts";

/** Growth of the pause from one failure to the next, and its spread (cenkalti/backoff, which the official node uses). */
const FACTOR = 1.5;
const SPREAD = 0.5;

/** Growing pauses between attempts. */
export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: Random;
  #nextMs: number;

  constructor({ initialMs, maxMs }: { initialMs: number; maxMs: number }, random: Random) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
    this.#nextMs = initialMs;
  }

  /** The pause after one more failure. */
  next(): number {
    const pause = this.#nextMs * (1 - SPREAD + 2 * SPREAD * this.#random.fraction());
    this.#nextMs = Math.min(this.#maxMs, this.#nextMs * FACTOR);
    return Math.min(this.#maxMs, pause);
  }

  reset(): void {
    this.#nextMs = this.#initialMs;
  }
}
