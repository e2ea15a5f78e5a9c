import { toHex } from "../../codec/bytes.ts";

/** Where a submitted transaction ended up. */
export interface TxInclusion {
  readonly output: Uint8Array;
  readonly round: bigint;
  readonly batchOrder: number;
}

/** Looks a transaction up in the outputs of a round; null when it is not in it. */
export type FindTx = (hash: Uint8Array) => { output: Uint8Array; batchOrder: number } | null;

/** Submissions that wait for the round which includes their transaction. */
export class TxWaiters {
  readonly #waiting = new Map<string, { hash: Uint8Array; resolve: ((inclusion: TxInclusion) => void)[] }>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when a round includes the transaction; rejects with the signal's reason when that comes first. */
  wait(hash: Uint8Array, signal: AbortSignal): Promise<TxInclusion> {
    const key = toHex(hash);
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const entry = this.#waiting.get(key) ?? { hash, resolve: [] };
      const settle = (inclusion: TxInclusion) => {
        signal.removeEventListener("abort", giveUp);
        resolve(inclusion);
      };
      const giveUp = () => {
        entry.resolve = entry.resolve.filter((other) => other !== settle);
        if (entry.resolve.length === 0) this.#waiting.delete(key);
        reject(signal.reason);
      };
      entry.resolve.push(settle);
      this.#waiting.set(key, entry);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** A round became final: settles those whose transaction is in it. */
  roundFinalized(round: bigint, find: FindTx): void {
    for (const [key, entry] of [...this.#waiting]) {
      const found = find(entry.hash);
      if (found === null) continue;
      this.#waiting.delete(key);
      for (const resolve of entry.resolve) resolve({ ...found, round });
    }
  }
}
