import { LRUCache } from "lru-cache";
import { toHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { Emitter, type Subscribable } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { isGivenUp, isProcessGone, mayBeFaultOfBatch } from "../batch-failure.ts";
import { MainQueue, type QueuedTx } from "./main-queue.ts";

/** What the ParaTime says about one transaction (host protocol `CheckTxResult`). */
export interface TxCheck {
  /** `code` 0 with an empty module means accepted. */
  error: { module: string; code: number; message: string };
  meta: { priority: bigint; sender: Uint8Array | null; sender_seq: bigint; sender_state_seq: bigint } | null;
}

export interface TxPoolOptions {
  /** Most transactions that wait to be scheduled (`runtime.tx_pool.schedule_max_tx_pool_size`). */
  capacity: number;
  /** Hashes remembered to refuse duplicates (`schedule_tx_cache_size`). */
  seenCapacity: number;
  /** Most transactions in one check call (`check_tx_max_batch_size`). */
  checkBatchSize: number;
  /** Rounds after which everything is checked again (`recheck_interval`). */
  recheckInterval: bigint;
  /** Largest transaction, and most bytes of them in one message to the ParaTime: what is larger could never be sent. */
  maxMessageBytes: number;
  /** Most bytes of all transactions in the pool together. The official node has no such limit; memory has. */
  maxBytes: number;
}

export interface TxPoolDeps {
  /** Asks the ParaTime; rejects when it cannot be asked now. One result per transaction, in order. */
  check(txs: Uint8Array[], signal: AbortSignal): Promise<TxCheck[]>;
  /** Calls `fn` after `delayMs` unless the disposer is called first. */
  schedule(fn: () => void, delayMs: number): () => void;
  logger: Logger;
}

/** Errors of a submission; the texts are the official node's. */
export class TxPoolError extends QanatError {}

/** A transaction that was accepted and left without having been executed. */
export interface DroppedTx {
  /** Lowercase hex. */
  readonly hash: string;
  readonly reason: string;
}

/** Where a transaction came from: a client of this node, a peer, or the queue, when it was checked again. */
export type TxOrigin = "client" | "peer" | "queue";

/** A transaction that became ready to be scheduled. */
export interface AddedTx extends QueuedTx {
  readonly origin: TxOrigin;
}

interface PendingCheck {
  hash: string;
  raw: Uint8Array;
  /** Only to be checked, not to be queued. */
  discard: boolean;
  origin: TxOrigin;
  /** How often the ParaTime failed on it alone. */
  failures: number;
  resolve(check: TxCheck): void;
  reject(error: Error): void;
}

/** Wait before a check is tried again that the ParaTime could not answer. */
const checkRetryMs = 1000;
const accepted = { module: "", code: 0, message: "" };

/**
 * Transactions from submission to execution (facts/runtime.md section 5): checked by the ParaTime in batches, queued in
 * the order it asks for, scheduled, and checked again as the state moves on.
 */
export class TxPool {
  readonly #options: TxPoolOptions;
  readonly #deps: TxPoolDeps;
  readonly #queue: MainQueue;
  readonly #seen: LRUCache<string, true>;
  readonly #pending: PendingCheck[] = [];
  readonly #pendingTxs = new Map<string, Uint8Array>();
  /** Transactions of this round's proposals that were fetched for them: they may not pass our own check. */
  readonly #proposed = new Map<string, Uint8Array>();
  readonly #added = new Emitter<AddedTx>();
  readonly #dropped = new Emitter<DroppedTx>();
  readonly #stopping = new AbortController();
  #bytes = 0;
  /** Most transactions in the next check: fewer while the ParaTime fails on them, to find the one it fails on. */
  #checkLimit: number;
  #checking = false;
  #blocked = true;
  #lastRecheckRound = 0n;
  #cancelRetry: (() => void) | null = null;

  constructor(options: TxPoolOptions, deps: TxPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#checkLimit = options.checkBatchSize;
    this.#queue = new MainQueue({ capacity: options.capacity });
    this.#seen = new LRUCache({ max: options.seenCapacity });
  }

  /** Told of every transaction that became ready to be scheduled. */
  get added(): Subscribable<AddedTx> {
    return this.#added;
  }

  /** Told of every transaction that was accepted and then left without having been executed. */
  get dropped(): Subscribable<DroppedTx> {
    return this.#dropped;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Transactions that wait for their check. */
  get pendingChecks(): number {
    return this.#pending.length;
  }

  /**
   * Checks a transaction and queues it, unless `discard` asks for the check alone.
   * @returns the ParaTime's verdict; a refusal by the queue itself comes as module `txpool`, code 1.
   * @throws TxPoolError for a duplicate, a full pool, a stopped pool, an oversized transaction, or one that the
   *   ParaTime cannot check.
   */
  submit(raw: Uint8Array, options: { discard: boolean; origin?: "client" | "peer" }): Promise<TxCheck> {
    if (this.#stopping.signal.aborted) return refuse("stopped", "transaction pool is stopping");
    const { maxMessageBytes } = this.#options;
    if (raw.length > maxMessageBytes) {
      return refuse(
        "too-large",
        `transaction of ${raw.length} bytes is too large: at most ${maxMessageBytes} bytes are taken`,
      );
    }
    const hash = toHex(sha512_256(raw));
    if (this.#seen.has(hash) || this.#pendingTxs.has(hash))
      return refuse("duplicate", "duplicate transaction");
    if (this.#pending.length >= Math.ceil(this.#options.capacity * 1.1))
      return refuse("full", "check queue is full");
    if (this.#bytes + raw.length > this.#options.maxBytes) return refuse("full", "check queue is full");
    return new Promise((resolve, reject) => {
      this.#bytes += raw.length;
      const { discard, origin = "client" } = options;
      this.#pendingTxs.set(hash, raw);
      this.#pending.push({ hash, raw, discard, origin, failures: 0, resolve, reject });
      this.#checkNext();
    });
  }

  /** The ParaTime can be asked (again): checks go on. */
  unblock(): void {
    this.#blocked = false;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#checkNext();
  }

  /** The ParaTime cannot be asked: checks wait. */
  block(): void {
    this.#blocked = true;
  }

  /** @param withoutExtra these and no others: `scheduleExtra` will have nothing more */
  schedule(limit: number, { withoutExtra = false } = {}): QueuedTx[] {
    const scheduled = this.#queue.schedule(limit, this.#options.maxMessageBytes);
    if (withoutExtra) this.#queue.endSchedule();
    return scheduled;
  }

  scheduleExtra(limit: number): QueuedTx[] {
    return this.#queue.scheduleExtra(limit, this.#options.maxMessageBytes);
  }

  get(hash: string): QueuedTx | undefined {
    return this.#queue.get(hash);
  }

  /** A transaction's bytes wherever the pool has it: waiting for a check, queued, or fetched for a proposal. */
  find(hash: string): Uint8Array | null {
    return this.#queue.get(hash)?.raw ?? this.#proposed.get(hash) ?? this.#pendingTxs.get(hash) ?? null;
  }

  /**
   * Transactions that a proposal names and peers gave. They stay until the next round, whether or not they pass a check
   * here: the committee executes them all the same.
   */
  addProposed(txs: readonly Uint8Array[]): void {
    for (const raw of txs) {
      this.#proposed.set(toHex(sha512_256(raw)), raw);
      // It may be refused, for being known among others.
      this.submit(raw, { discard: false, origin: "peer" }).catch(() => {});
    }
  }

  all(): QueuedTx[] {
    return this.#queue.all();
  }

  /** Transactions of a finalized round: they and what they expire leave. They stay known as duplicates. */
  used(hashes: readonly string[]): void {
    for (const hash of hashes) this.#free(this.#queue.used(hash));
  }

  /** Transactions that will not be executed: they leave, and may be submitted again. */
  reject(hashes: readonly string[], reason: string): void {
    for (const hash of hashes) {
      const tx = this.#queue.remove(hash);
      if (tx !== undefined) this.#forget([tx], reason);
    }
  }

  /** The round's proposals are done with. */
  clearProposed(): void {
    this.#proposed.clear();
  }

  /** A new round began; everything is checked again every `recheckInterval` rounds, and at a committee change. */
  roundBegan(round: bigint, options: { committeeChanged: boolean }): void {
    if (!options.committeeChanged && round - this.#lastRecheckRound <= this.#options.recheckInterval) return;
    this.#lastRecheckRound = round;
    for (const tx of this.#queue.drain()) {
      this.#pendingTxs.set(tx.hash, tx.raw);
      this.#pending.push({
        hash: tx.hash,
        raw: tx.raw,
        discard: false,
        origin: "queue",
        failures: 0,
        resolve: () => {},
        reject: () => {},
      });
    }
    this.#checkNext();
  }

  /** Ends all waiting submissions with an error. */
  stop(): void {
    this.#stopping.abort(new TxPoolError("txpool/stopped", "transaction pool is stopping"));
    this.#cancelRetry?.();
    for (const entry of this.#pending.splice(0)) entry.reject(this.#stopping.signal.reason);
  }

  #checkNext(): void {
    if (this.#checking || this.#blocked || this.#pending.length === 0 || this.#stopping.signal.aborted)
      return;
    const batch = this.#takePending();
    this.#checking = true;
    this.#deps
      .check(
        batch.map((entry) => entry.raw),
        this.#stopping.signal,
      )
      .then(
        (checks) => this.#settle(batch, checks),
        (error: unknown) => this.#failed(batch, error),
      )
      .finally(() => {
        this.#checking = false;
        this.#checkNext();
      });
  }

  /** The next transactions to check: as many as one message may carry. */
  #takePending(): PendingCheck[] {
    const { maxMessageBytes } = this.#options;
    let bytes = 0;
    let count = 0;
    while (count < Math.min(this.#checkLimit, this.#pending.length)) {
      bytes += this.#pending[count]!.raw.length;
      if (bytes > maxMessageBytes) break;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  #settle(batch: PendingCheck[], checks: TxCheck[]): void {
    // The first state number of a sender in a batch holds for the sender's whole batch (facts/runtime.md section 5).
    const stateSeqs = new Map<string, bigint>();
    this.#checkLimit = this.#options.checkBatchSize;
    batch.forEach((entry, index) => {
      this.#pendingTxs.delete(entry.hash);
      entry.resolve(this.#settleOne(entry, checks[index]!, stateSeqs));
    });
  }

  #settleOne(entry: PendingCheck, check: TxCheck, stateSeqs: Map<string, bigint>): TxCheck {
    if (check.error.code !== 0 || check.error.module !== "" || entry.discard) {
      this.#bytes -= entry.raw.length;
      if (entry.origin === "queue")
        this.#lose(entry.hash, `it does not pass its check any more: ${check.error.message}`);
      return check;
    }
    if (check.meta === null) {
      this.#bytes -= entry.raw.length;
      const message = "the ParaTime accepted the transaction without its metadata";
      return { error: { module: "txpool", code: 1, message }, meta: null };
    }
    const tx: QueuedTx = {
      hash: entry.hash,
      raw: entry.raw,
      sender: toHex(check.meta.sender ?? new Uint8Array()),
      senderSeq: check.meta.sender_seq,
      priority: check.meta.priority,
    };
    const stateSeq = stateSeqs.get(tx.sender) ?? check.meta.sender_state_seq;
    stateSeqs.set(tx.sender, stateSeq);
    const { refused, dropped } = this.#queue.add(tx, stateSeq);
    this.#forget(dropped, "others took its place, or its sender went on without it");
    if (refused !== null) {
      this.#forget([tx], refused);
      return { error: { module: "txpool", code: 1, message: refused }, meta: check.meta };
    }
    this.#seen.set(tx.hash, true);
    this.#added.emit({ ...tx, origin: entry.origin });
    return { error: accepted, meta: check.meta };
  }

  #failed(batch: PendingCheck[], error: unknown): void {
    if (this.#stopping.signal.aborted) {
      for (const entry of batch) entry.reject(this.#stopping.signal.reason);
      return;
    }
    if (!mayBeFaultOfBatch(error)) {
      this.#postpone(batch, error);
      return;
    }
    // Whoever runs the ParaTime unblocks the pool when it is there again.
    if (isProcessGone(error)) this.#blocked = true;
    const [first] = batch;
    if (batch.length === 1 && isGivenUp(error, ++first!.failures)) {
      this.#giveUp(first!, error);
      return;
    }
    this.#pending.unshift(...batch);
    this.#checkLimit = Math.ceil(batch.length / 2);
  }

  /** One that the ParaTime cannot check must not keep the others from being checked. */
  #giveUp(entry: PendingCheck, error: unknown): void {
    const reason = `the ParaTime cannot check the transaction: ${error instanceof Error ? error.message : error}`;
    this.#deps.logger.warn({ error, transaction: entry.hash }, "the ParaTime cannot check a transaction");
    this.#checkLimit = this.#options.checkBatchSize;
    this.#pendingTxs.delete(entry.hash);
    this.#bytes -= entry.raw.length;
    if (entry.origin === "queue") this.#lose(entry.hash, reason);
    entry.reject(new TxPoolError("txpool/check-failed", reason));
  }

  #postpone(batch: PendingCheck[], error: unknown): void {
    this.#deps.logger.debug({ error, transactions: batch.length }, "transactions could not be checked yet");
    this.#pending.unshift(...batch);
    this.#blocked = true;
    this.#cancelRetry = this.#deps.schedule(() => this.unblock(), checkRetryMs);
  }

  #free(txs: readonly QueuedTx[]): void {
    for (const tx of txs) this.#bytes -= tx.raw.length;
  }

  #forget(txs: readonly QueuedTx[], reason: string): void {
    this.#free(txs);
    for (const tx of txs) this.#lose(tx.hash, reason);
  }

  #lose(hash: string, reason: string): void {
    this.#seen.delete(hash);
    this.#dropped.emit({ hash, reason });
  }
}

function refuse(code: string, message: string): Promise<never> {
  return Promise.reject(new TxPoolError(`txpool/${code}`, message));
}
