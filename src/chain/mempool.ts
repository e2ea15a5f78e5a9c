import { toHex } from "../codec/bytes.ts";
import { type Disposer, Emitter } from "../telemetry/emitter.ts";
import { consensusErrors } from "../types/errors.ts";
import type { Application, CheckResult, TxResult } from "./application.ts";
import { txHash, txSize } from "./block.ts";
import { ChainError } from "./errors.ts";

/** Sizes of the mempool; defaults as in the official node (cometbft.md 1.4). */
export interface MempoolOptions {
  /** Most transactions. */
  maxTxs: number;
  /** Most bytes of all transactions together. */
  maxBytes: number;
  /** Most bytes of one transaction. */
  maxTxBytes: number;
  /** Recently seen transactions that are refused as duplicates. */
  cacheSize: number;
}

export const DEFAULT_MEMPOOL_OPTIONS: MempoolOptions = {
  maxTxs: 5000,
  maxBytes: 1024 ** 3,
  maxTxBytes: 1024 ** 2,
  cacheSize: 10_000,
};

/** What the next block has room for. */
export interface BlockLimits {
  /** Bytes of `Data` in the block. */
  maxDataBytes: bigint;
  /** -1 = unlimited. */
  maxGas: bigint;
}

/** Why a transaction left the mempool without being in a block. */
export type DroppedTx =
  /** A block has made it invalid. */
  | { reason: "recheck"; hash: string; check: CheckResult }
  /** Others with more priority needed the room. */
  | { reason: "evicted"; hash: string };

/** A transaction that waits for a block. */
export interface PendingTransaction {
  readonly tx: Uint8Array;
  /** In hex. */
  readonly hash: string;
}

interface PendingTx extends PendingTransaction {
  /** Order of arrival. */
  arrival: number;
  priority: bigint;
  gasWanted: bigint;
  sender: string;
}

/**
 * Transactions that wait for a block: checked, ordered by priority and then by arrival.
 *
 * The order of one sender's transactions is kept, whatever their priorities: they carry nonces, and a later one
 * without the earlier ones would fail.
 */
export class Mempool {
  readonly #options: MempoolOptions;
  readonly #app: Pick<Application, "checkTx">;
  readonly #pending = new Map<string, PendingTx>();
  /** Hashes of transactions seen lately, oldest first. */
  readonly #seen = new Set<string>();
  readonly #added = new Emitter<Uint8Array>();
  readonly #dropped = new Emitter<DroppedTx>();
  #limits: BlockLimits;
  #bytes = 0;
  #arrivals = 0;

  constructor(options: MempoolOptions, app: Pick<Application, "checkTx">, limits: BlockLimits) {
    this.#options = options;
    this.#app = app;
    this.#limits = limits;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Bytes of all pending transactions. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All pending transactions in order of arrival. */
  pending(): Iterable<PendingTransaction> {
    return this.#pending.values();
  }

  get(hash: string): PendingTransaction | null {
    return this.#pending.get(hash) ?? null;
  }

  /** Called with each transaction that came in. */
  onAdded(listener: (tx: Uint8Array) => void): Disposer {
    return this.#added.subscribe(listener);
  }

  /** Called with each transaction that went out without a block. */
  onDropped(listener: (dropped: DroppedTx) => void): Disposer {
    return this.#dropped.subscribe(listener);
  }

  /**
   * Checks a transaction and, when the application accepts it, takes it in.
   * @returns the application's verdict
   * @throws CodedError consensus/5 for one that was seen lately; ChainError of kind `mempool` for one that is too
   *   large, wants more gas than a block has, or finds no room
   */
  add(tx: Uint8Array): CheckResult {
    if (tx.length > this.#options.maxTxBytes || txSize(tx) > this.#limits.maxDataBytes) {
      throw new ChainError("mempool", "transaction is too large", { size: tx.length });
    }
    const hash = mempoolKey(tx);
    if (this.#seen.has(hash)) throw consensusErrors.duplicateTx();
    const check = this.#app.checkTx(tx, "new");
    if (check.code !== 0) return check;
    const { maxGas } = this.#limits;
    if (maxGas >= 0n && check.gasWanted > maxGas) {
      throw new ChainError("mempool", "transaction wants more gas than a block has", {
        gasWanted: check.gasWanted,
      });
    }
    this.#makeRoom(tx.length, check.priority);
    const { priority, gasWanted, sender } = check;
    this.#pending.set(hash, { tx, hash, arrival: this.#arrivals++, priority, gasWanted, sender });
    this.#bytes += tx.length;
    this.#remember(hash);
    this.#added.emit(tx);
    return check;
  }

  /** The transactions for the next block, best first, up to the first that does not fit. */
  reap({ maxDataBytes, maxGas }: BlockLimits): Uint8Array[] {
    const reaped: Uint8Array[] = [];
    let bytes = 0n;
    let gas = 0n;
    for (const { tx, gasWanted } of this.#inOrder()) {
      bytes += txSize(tx);
      gas += gasWanted;
      if (bytes > maxDataBytes || (maxGas >= 0n && gas > maxGas)) break;
      reaped.push(tx);
    }
    return reaped;
  }

  /** All pending transactions in the order in which blocks would take them. */
  transactions(): Uint8Array[] {
    return this.#inOrder().map(({ tx }) => tx);
  }

  /** After a block: takes its transactions out and checks the rest again. */
  update(txs: readonly Uint8Array[], results: readonly TxResult[], limits: BlockLimits): void {
    this.#limits = limits;
    for (const [index, tx] of txs.entries()) {
      const hash = mempoolKey(tx);
      // One that failed may come again, when the state has changed.
      if (results[index]!.code === 0) this.#remember(hash);
      else this.#seen.delete(hash);
      this.#remove(hash);
    }
    for (const entry of [...this.#pending.values()]) this.#recheck(entry);
  }

  #recheck(entry: PendingTx): void {
    const check = this.#app.checkTx(entry.tx, "recheck");
    if (check.code === 0) {
      entry.priority = check.priority;
      return;
    }
    this.#remove(entry.hash);
    this.#seen.delete(entry.hash);
    this.#dropped.emit({ reason: "recheck", hash: entry.hash, check });
  }

  /** Evicts transactions of less priority until one more fits, the least and the latest first. */
  #makeRoom(size: number, priority: bigint): void {
    const { maxTxs, maxBytes } = this.#options;
    if (this.#pending.size < maxTxs && this.#bytes + size <= maxBytes) return;
    const victims = [...this.#pending.values()].filter((entry) => entry.priority < priority);
    const freeable = victims.reduce((sum, { tx }) => sum + tx.length, 0);
    if (freeable < size) throw new ChainError("mempool", "mempool is full", { txs: this.#pending.size });
    victims.sort((a, b) => -byPriority(a, b));
    let freed = 0;
    for (const { hash, tx } of victims) {
      if (freed >= size) break;
      this.#remove(hash);
      this.#seen.delete(hash);
      freed += tx.length;
      this.#dropped.emit({ reason: "evicted", hash });
    }
  }

  #inOrder(): PendingTx[] {
    // The map is in order of arrival, so each sender's queue is too.
    const queues = new Map<string, PendingTx[]>();
    for (const entry of [...this.#pending.values()].reverse()) {
      const queue = queues.get(entry.sender);
      if (queue === undefined) queues.set(entry.sender, [entry]);
      else queue.push(entry);
    }
    const ordered: PendingTx[] = [];
    for (const entry of [...this.#pending.values()].sort(byPriority)) {
      if (entry.sender === "") {
        ordered.push(entry);
        continue;
      }
      // All of the sender's transactions up to this one that are not placed yet.
      const queue = queues.get(entry.sender)!;
      while (queue.length > 0 && queue.at(-1)!.arrival <= entry.arrival) ordered.push(queue.pop()!);
    }
    return ordered;
  }

  #remove(hash: string): void {
    const entry = this.#pending.get(hash);
    if (entry === undefined) return;
    this.#pending.delete(hash);
    this.#bytes -= entry.tx.length;
  }

  #remember(hash: string): void {
    this.#seen.delete(hash);
    this.#seen.add(hash);
    if (this.#seen.size <= this.#options.cacheSize) return;
    const oldest = this.#seen.values().next();
    if (!oldest.done) this.#seen.delete(oldest.value);
  }
}

/** Name of a transaction in the mempool: its hash in hex. */
export function mempoolKey(tx: Uint8Array): string {
  return toHex(txHash(tx));
}

/** Higher priority first, then earlier arrival. */
function byPriority(a: PendingTx, b: PendingTx): number {
  if (a.priority !== b.priority) return a.priority > b.priority ? -1 : 1;
  return a.arrival - b.arrival;
}
