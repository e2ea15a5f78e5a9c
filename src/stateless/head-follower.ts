import { CallError } from "../api/client.ts";
import type { ChainClock } from "../chain/clock.ts";
import { requestSignal } from "../chain/light/fetch-light-block.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Provider, ProviderPool } from "./provider-pool.ts";
import type { VerifiedHeaders } from "./verified-headers.ts";

export interface HeadFollowerDeps {
  readonly pool: ProviderPool;
  readonly headers: VerifiedHeaders;
  readonly clock: ChainClock;
  readonly logger: Logger;
}

/** Pauses before a provider that failed is asked again. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Without a block for so long, a provider is asked for its height: the connection may be dead. */
const SILENCE_MS = 30_000;
/** Pause before a block that nobody could prove is tried again: witnesses may be a moment behind. */
const RETRY_MS = 200;
const LONGEST_RETRY_MS = 1000;
/** Tries after which the provider that alone tells of a block is said to be wrong. */
const MAX_TRIES = 20;

/** Hears from all providers which block is the newest, and has it verified. */
export class HeadFollower {
  readonly #deps: HeadFollowerDeps;
  /** What each provider told last. */
  readonly #told = new Map<string, bigint>();
  #wake: () => void = () => {};
  #failure: string | null = null;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(deps: HeadFollowerDeps) {
    this.#deps = deps;
  }

  /** Why the newest block that was told cannot be verified; null while all goes well. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Follows until `signal` aborts. */
  start(signal: AbortSignal): void {
    const { providers } = this.#deps.pool;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    this.#ended = Promise.all([
      this.#advance(signal),
      ...providers.map((provider) => this.#listen(provider, signal)),
    ]);
  }

  /** Resolves when everything that was started has ended. */
  ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Hears from one provider, whatever becomes of the connection. */
  async #listen(provider: Provider, signal: AbortSignal): Promise<void> {
    const { pool, clock } = this.#deps;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const silence = new AbortController();
      const limited = AbortSignal.any([signal, silence.signal]);
      let cancel = () => {};
      const heard = (height: bigint) => {
        cancel();
        cancel = clock.schedule(() => silence.abort(new CallError(4, "no blocks")), SILENCE_MS);
        pauseMs = FIRST_PAUSE_MS;
        pool.told(provider.name, height);
        this.#told.set(provider.name, height);
        this.#wake();
      };
      try {
        const client = await provider.client();
        const blocks = client.watch("Consensus", "WatchBlocks", null, { signal: limited });
        // Before the height is asked for, so that no block is missed in between.
        let next = blocks.next();
        next.catch(() => {});
        heard(await client.call("Consensus", "GetLatestHeight", null, { signal: requestSignal(signal) }));
        for (let block = await next; block.done !== true; block = await next) {
          heard(block.value.height);
          next = blocks.next();
        }
        pool.lost(provider.name, "it ended the stream of blocks");
      } catch (error) {
        if (silence.signal.aborted) continue;
        if (!signal.aborted) pool.lost(provider.name, error instanceof Error ? error.message : String(error));
      } finally {
        cancel();
        // Whatever is left of the stream.
        silence.abort(new CallError(1, "the stream is over"));
      }
      await pause(clock, pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Verifies what was told, the highest first; where that cannot be proven, what others told. */
  async #advance(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    let tries = 0;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const isDone = await this.#advanceOnce(++tries, signal);
      if (isDone) {
        tries = 0;
        await woken;
      } else {
        await pause(clock, Math.min(RETRY_MS * tries, LONGEST_RETRY_MS), signal);
      }
    }
  }

  async #advanceOnce(tries: number, signal: AbortSignal): Promise<boolean> {
    const { headers, pool, logger } = this.#deps;
    let failure: string | null = null;
    const isNew = ([, height]: readonly [string, bigint]) => height > headers.latestHeight;
    const all = [...this.#told].filter(isNew).sort(([, a], [, b]) => Number(b - a));
    const trusted = all.filter(([name]) => !pool.isBenched(name));
    const claims = trusted.length > 0 ? trusted : all;
    for (const [name, height] of claims) {
      try {
        await headers.verify(height, signal);
        break;
      } catch (error) {
        if (signal.aborted) return true;
        failure = error instanceof Error ? error.message : String(error);
        logger.debug({ height, provider: name, reason: failure }, "the newest block cannot be verified yet");
        if (tries < MAX_TRIES) continue;
        pool.wrong(name, `it tells of block ${height}, which nobody can prove: ${failure}`);
        this.#told.delete(name);
      }
    }
    this.#failure = failure;
    return failure === null;
  }
}

/** Resolves after the pause, or at once when the signal aborts. */
export function pause(clock: ChainClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.schedule(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
