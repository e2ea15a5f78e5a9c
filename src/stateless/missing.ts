import { QanatError } from "../codec/errors.ts";

/**
 * Thrown by a synchronous read for what is not here yet. Once it was fetched the read is repeated.
 *
 * No {@link QanatError}: what answers those must not answer this.
 */
export class Missing extends Error {
  /** Names what is missing: the same for all that miss the same. */
  readonly key: string;
  /** Fetches and verifies it. @throws when nobody has it, or cannot prove it */
  readonly fetch: (signal: AbortSignal) => Promise<void>;

  constructor(key: string, fetch: (signal: AbortSignal) => Promise<void>) {
    super(`${key} is not here yet`);
    this.name = "Missing";
    this.key = key;
    this.fetch = fetch;
  }
}

/** Fetches for one answer; a query that needs more reads more of the state than can be asked for piece by piece. */
const MAX_FETCHES = 4096;

/** As often one thing is fetched for one answer: it is not kept when the answer needs more than there is memory for. */
const MAX_TIMES = 3;

/** Fetches what reads miss, each thing once however many wait for it. */
export class Fetches {
  readonly #stopping: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();

  /** @param stopping ends all fetches */
  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  /**
   * Repeats `read` until nothing is missing.
   * @throws what `read` throws beside {@link Missing}, what the fetches throw, the signal's reason
   */
  async complete<T>(read: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
    const times = new Map<string, number>();
    for (let fetched = 0; fetched < MAX_FETCHES; fetched++) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        const before = times.get(error.key) ?? 0;
        if (before === MAX_TIMES) break;
        times.set(error.key, before + 1);
        await this.fetch(error, signal);
      }
    }
    throw new QanatError(
      "stateless/too-much",
      "the answer needs more of the state than this node can hold or ask for: raise common.memory, or ask a node that " +
        "keeps the state",
    );
  }

  /** Fetches one thing. It goes on when `signal` aborts: others may wait for it. */
  async fetch({ key, fetch }: Missing, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let running = this.#running.get(key);
    if (running === undefined) {
      running = fetch(this.#stopping).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    await orAborted(running, signal);
  }
}

/** As the promise, or the signal's reason when that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
