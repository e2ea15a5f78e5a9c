import { insert, type ParaTimeClient } from "./key-value-client.ts";

/** Inserts that the node has acknowledged, by key: none of them may be lost, whatever happens. */
export class Acknowledged {
  readonly values = new Map<string, string>();
  #next = 0;
  #waiting: { size: number; resolve: () => void } | null = null;

  /**
   * Inserts one key after the other until a call fails, as it does when the node is gone.
   * @param workers how many inserts are under way at a time
   */
  async insertUntilGone(paraTime: ParaTimeClient, workers: number): Promise<void> {
    const work = async () => {
      for (;;) {
        const number = this.#next++;
        const [key, value] = [`key ${number}`, `value ${number}`];
        try {
          await insert(paraTime, key, value);
        } catch {
          return;
        }
        this.values.set(key, value);
        if (this.values.size === this.#waiting?.size) this.#waiting.resolve();
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
  }

  /** Resolves when so many more inserts are acknowledged. */
  more(count: number): Promise<void> {
    if (count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { size: this.values.size + count, resolve };
    });
  }
}
