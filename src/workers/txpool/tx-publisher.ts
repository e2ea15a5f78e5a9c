import { LRUCache } from "lru-cache";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Timers } from "../timers.ts";
import type { AddedTx, TxPool } from "./tx-pool.ts";

export interface TxPublisherOptions {
  /** Pause before a transaction that still waits is published again, in milliseconds. */
  readonly intervalMs: number;
  /** Transactions of which is remembered when they were published. */
  readonly remembered: number;
}

export interface TxPublisherDeps {
  readonly pool: Pick<TxPool, "added" | "all" | "find">;
  /** Tells all peers of the ParaTime. */
  publish(tx: Uint8Array): Promise<void>;
  readonly timers: Timers;
}

/** Peers drop what was published less than two minutes ago (facts/runtime.md section 10, 7). */
export const MIN_REPUBLISH_MS = 125_000;
/** Transactions that are published in one go, and the pause until the next. */
export const PUBLISHED_AT_ONCE = 128;
const PAUSE_MS = 100;
const LOOKS_AN_INTERVAL = 5;

/**
 * Tells peers of the transactions that clients gave to this node, at once, and of all that have waited for long, again:
 * the scheduler may not have heard of them. What a peer published counts as published then.
 */
export class TxPublisher {
  readonly #deps: TxPublisherDeps;
  readonly #intervalMs: number;
  readonly #publishedMs: LRUCache<string, number>;
  readonly #due: string[] = [];
  #unsubscribe: Disposer = () => {};
  #cancelLook: Disposer = () => {};
  #cancelRun: Disposer | null = null;

  constructor({ intervalMs, remembered }: TxPublisherOptions, deps: TxPublisherDeps) {
    this.#deps = deps;
    this.#intervalMs = Math.max(intervalMs, MIN_REPUBLISH_MS);
    this.#publishedMs = new LRUCache({ max: remembered });
  }

  start(): void {
    this.#unsubscribe = this.#deps.pool.added.subscribe((tx) => this.#added(tx));
    this.#lookLater();
  }

  stop(): void {
    this.#unsubscribe();
    this.#cancelLook();
    this.#cancelRun?.();
  }

  #added({ hash, origin }: AddedTx): void {
    if (origin === "peer") this.#publishedMs.set(hash, this.#deps.timers.now());
    if (origin !== "client") return;
    this.#due.push(hash);
    if (this.#cancelRun === null) this.#run();
  }

  /** Publishes what is due; the rest comes after a pause. */
  #run(): void {
    const { pool, publish, timers } = this.#deps;
    this.#cancelRun = null;
    for (const hash of this.#due.splice(0, PUBLISHED_AT_ONCE)) {
      // It may have been executed since.
      const raw = pool.find(hash);
      if (raw === null) continue;
      this.#publishedMs.set(hash, timers.now());
      publish(raw).catch(() => {});
    }
    this.#cancelRun = timers.schedule(() => {
      this.#cancelRun = null;
      if (this.#due.length > 0) this.#run();
    }, PAUSE_MS);
  }

  #lookLater(): void {
    this.#cancelLook = this.#deps.timers.schedule(() => {
      this.#look();
      this.#lookLater();
    }, this.#intervalMs / LOOKS_AN_INTERVAL);
  }

  #look(): void {
    const { pool, timers } = this.#deps;
    const due = new Set(this.#due);
    const before = timers.now() - this.#intervalMs;
    for (const { hash } of pool.all()) {
      if (!due.has(hash) && (this.#publishedMs.get(hash) ?? 0) <= before) this.#due.push(hash);
    }
    if (this.#due.length > 0 && this.#cancelRun === null) this.#run();
  }
}
