import { QanatError } from "../../codec/errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import { delay, type Timers } from "../timers.ts";

export interface CheckpointSearchDeps {
  /** One attempt: resolves with the block that was restored, rejects when none was. */
  attempt(signal: AbortSignal): Promise<AnnotatedBlock>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** An attempt failed; the next comes after a pause. */
  onFailure(): void;
  /** The search is over. @param found null when it was given up */
  onEnd(found: AnnotatedBlock | null): void;
}

/** Between attempts (oasis-core v26.1 go/worker/storage/committee/worker.go). */
const PAUSE_MS = 10_000;

/** Looks for a checkpoint of a ParaTime to begin from. */
export class CheckpointSearch {
  readonly #deps: CheckpointSearchDeps;
  readonly #stopping = new AbortController();
  #isRunning = false;
  #problem: string | null = null;

  constructor(deps: CheckpointSearchDeps) {
    this.#deps = deps;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Why the last attempt failed; null when none did. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Begins, unless it has begun. @param attempts it is given up after so many; null: never */
  begin(attempts: number | null): void {
    if (this.#isRunning || this.#stopping.signal.aborted) return;
    this.#isRunning = true;
    void this.#search(attempts, this.#stopping.signal).then((found) => {
      this.#isRunning = false;
      this.#problem = null;
      if (!this.#stopping.signal.aborted) this.#deps.onEnd(found);
    });
  }

  stop(): void {
    this.#stopping.abort(new QanatError("node/stopping", "the node is stopping"));
  }

  async #search(attempts: number | null, signal: AbortSignal): Promise<AnnotatedBlock | null> {
    const { attempt, timers, logger, onFailure } = this.#deps;
    for (let number = 1; !signal.aborted; number++) {
      try {
        return await attempt(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#problem = error instanceof Error ? error.message : String(error);
        logger.info({ cause: this.#problem }, "no checkpoint was restored");
        onFailure();
      }
      if (number === attempts) break;
      await delay(timers, PAUSE_MS, signal).catch(() => {});
    }
    return null;
  }
}
