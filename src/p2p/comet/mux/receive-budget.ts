/** Holds parts of messages; gives them up when it must. */
export interface BudgetHolder {
  /** Called when memory ran out and this holder has the most: it must release all of it. */
  evict(): void;
}

/**
 * Memory for messages of which only a part has come, over all peers. Each channel has its own limit, but a hundred
 * peers that each begin the largest message of every channel would fill many gigabytes.
 */
export class ReceiveBudget {
  readonly #limitBytes: number;
  readonly #held = new Map<BudgetHolder, number>();
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts bytes of a holder. When they are too many, whoever holds the most gives up all, maybe this holder. */
  take(holder: BudgetHolder, bytes: number): void {
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + bytes);
    this.#usedBytes += bytes;
    while (this.#usedBytes > this.#limitBytes) {
      const largest = this.#largest();
      this.release(largest);
      largest.evict();
    }
  }

  /** Counts bytes of a holder no more. @param bytes all of its bytes when left out */
  release(holder: BudgetHolder, bytes?: number): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    const released = Math.min(held, bytes ?? held);
    this.#usedBytes -= released;
    if (released === held) this.#held.delete(holder);
    else this.#held.set(holder, held - released);
  }

  #largest(): BudgetHolder {
    let [largest, most] = [undefined as BudgetHolder | undefined, -1];
    for (const [holder, bytes] of this.#held) if (bytes > most) [largest, most] = [holder, bytes];
    return largest!;
  }
}
