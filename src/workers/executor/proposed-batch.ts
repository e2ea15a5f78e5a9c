import { toHex } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import type { Proposal } from "../../types/roothash-commitment.ts";
import type { TxPool } from "../txpool/tx-pool.ts";

export interface BatchLimits {
  readonly max_batch_size: bigint;
  /** 0: any. */
  readonly max_batch_size_bytes: bigint;
}

/** The batch of a proposal as far as its transactions are here. */
export class ProposedBatch {
  readonly #hashes: readonly Hash[];
  readonly #limits: BatchLimits;
  readonly #txs: (Uint8Array | null)[];

  constructor({ batch }: Pick<Proposal, "batch">, limits: BatchLimits) {
    this.#hashes = batch ?? [];
    this.#limits = limits;
    this.#txs = this.#hashes.map(() => null);
  }

  get size(): number {
    return this.#hashes.length;
  }

  /** Takes what the pool has by now. */
  fill(pool: Pick<TxPool, "find">): void {
    for (const [i, hash] of this.#hashes.entries()) this.#txs[i] ??= pool.find(toHex(hash));
  }

  /** Hashes of transactions that are not here. */
  get missing(): Hash[] {
    return this.#hashes.filter((_, i) => this.#txs[i] === null);
  }

  /** The transactions in order; only when none is missing. */
  get txs(): Uint8Array[] {
    return this.#txs.filter((tx) => tx !== null);
  }

  /** Whether it is larger than batches may be: the scheduler breaks the rules. */
  get isTooLarge(): boolean {
    const { max_batch_size, max_batch_size_bytes: maxBytes } = this.#limits;
    if (BigInt(this.size) > max_batch_size) return true;
    const bytes = this.#txs.reduce((sum, tx) => sum + (tx?.length ?? 0), 0);
    return maxBytes > 0n && BigInt(bytes) > maxBytes;
  }
}
