import type { CheckResult, TxResult } from "./application.ts";
import type { CommittedBlock } from "./block-executor.ts";
import { ChainError } from "./errors.ts";
import { type DroppedTx, type Mempool, mempoolKey } from "./mempool.ts";

/** What became of a submitted transaction: the verdict of a check, or its result (good or bad) in a block. */
export type SubmitOutcome =
  | { readonly stage: "check"; readonly result: CheckResult }
  | { readonly stage: "block"; readonly height: bigint; readonly index: number; readonly result: TxResult };

interface Waiter {
  resolve(outcome: SubmitOutcome): void;
  reject(error: unknown): void;
}

/** Those who wait for their transactions. */
export class Submissions {
  readonly #mempool: Mempool;
  readonly #waiters = new Map<string, Waiter>();

  constructor(mempool: Mempool) {
    this.#mempool = mempool;
    mempool.onDropped((dropped) => this.#dropped(dropped));
  }

  /** Transactions that somebody waits for. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Puts a transaction into the mempool and waits until it is in a block, or a check refuses it.
   * @throws what `Mempool.add` throws; the signal's reason; ChainError of kind `mempool` when it was evicted
   */
  async submit(tx: Uint8Array, signal: AbortSignal): Promise<SubmitOutcome> {
    signal.throwIfAborted();
    const check = this.#mempool.add(tx);
    if (check.code !== 0) return { stage: "check", result: check };
    const hash = mempoolKey(tx);
    return await new Promise<SubmitOutcome>((resolve, reject) => {
      const settle = () => {
        this.#waiters.delete(hash);
        signal.removeEventListener("abort", abort);
      };
      const abort = () => {
        settle();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiters.set(hash, {
        resolve(outcome) {
          settle();
          resolve(outcome);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
    });
  }

  /** Answers those whose transactions are in the block. */
  committed({ height, block, results }: CommittedBlock): void {
    if (this.#waiters.size === 0) return;
    for (const [index, tx] of block.txs.entries()) {
      const result = results.txResults[index]!;
      this.#waiters.get(mempoolKey(tx))?.resolve({ stage: "block", height, index, result });
    }
  }

  /** Gives up on all. */
  end(error: unknown): void {
    for (const waiter of [...this.#waiters.values()]) waiter.reject(error);
  }

  #dropped(dropped: DroppedTx): void {
    const waiter = this.#waiters.get(dropped.hash);
    if (dropped.reason === "recheck") waiter?.resolve({ stage: "check", result: dropped.check });
    else waiter?.reject(new ChainError("mempool", "transaction was evicted from a full mempool"));
  }
}
