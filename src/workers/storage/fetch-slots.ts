/** So many at once; the others wait for their turn, in order. */
export class FetchSlots {
  readonly #count: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /** @param count at least 1 */
  constructor(count: number) {
    this.#count = Math.max(1, count);
  }

  /** Runs `body` when it is its turn. @throws the signal's reason when it aborts before; what `body` throws */
  async run<T>(body: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#taken >= this.#count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken++;
    try {
      signal.throwIfAborted();
      return await body();
    } finally {
      const next = this.#waiting.shift();
      // The slot goes over to the next one.
      if (next === undefined) this.#taken--;
      else next();
    }
  }
}
