import type { CommittedBlock } from "../api/backend.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Fetches } from "./missing.ts";
import type { VerifiedHeaders } from "./verified-headers.ts";

export interface BlockDeliveryDeps {
  readonly headers: Pick<VerifiedHeaders, "latestHeight" | "reached">;
  readonly fetches: Pick<Fetches, "complete">;
  /** The block of a height with its results, verified. @throws Missing */
  read(height: bigint): CommittedBlock;
  pause(ms: number, signal: AbortSignal): Promise<void>;
  readonly logger: Logger;
}

/** Pause before what cannot be had is asked for again. */
const RETRY_MS = 1000;
/** A block that cannot be had is left out once the chain is so far beyond it. */
const MAX_BEHIND = 200n;

/**
 * Gives subscribers each new block with its results, in order of height. Nothing is fetched while there is nobody.
 * A block comes when the next one is there, which proves its results.
 */
export class BlockDelivery {
  readonly #stopping: AbortSignal;
  readonly #deps: BlockDeliveryDeps;

  constructor(stopping: AbortSignal, deps: BlockDeliveryDeps) {
    this.#stopping = stopping;
    this.#deps = deps;
  }

  /**
   * Calls `listener` for each block after `from`; with the same block again when it missed something, which is fetched
   * in between.
   */
  subscribe(from: bigint, listener: (block: CommittedBlock) => void): Disposer {
    const disposed = new AbortController();
    const signal = AbortSignal.any([this.#stopping, disposed.signal]);
    void this.#run(from, listener, signal);
    return () => disposed.abort();
  }

  /** Ends when the signal aborts, and throws nothing. */
  async #run(from: bigint, listener: (block: CommittedBlock) => void, signal: AbortSignal): Promise<void> {
    const { headers, fetches, read, pause, logger } = this.#deps;
    try {
      for (let height = from + 1n; ; ) {
        await headers.reached(height, signal);
        try {
          const block = await fetches.complete(() => read(height), signal);
          await fetches.complete(() => listener(block), signal);
          height++;
        } catch (error) {
          signal.throwIfAborted();
          const isLost = headers.latestHeight - height > MAX_BEHIND;
          const text = isLost
            ? "a block is left out for those who watch: it cannot be had"
            : "a block cannot be given to those who watch yet";
          logger.warn({ height, err: error }, text);
          if (isLost) height++;
          else await pause(RETRY_MS, signal);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
