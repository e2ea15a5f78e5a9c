import type { Logger } from "../../telemetry/logger.ts";
import type { BackgroundClock } from "./clock.ts";

export interface RecurringWorkOptions {
  /** What it is, for the log. */
  readonly name: string;
  /** Pause after the end of one run and before the next, in milliseconds. */
  readonly intervalMs: number;
}

/** Why work does not get done. */
export interface WorkFailure {
  readonly text: string;
  /** When the first of the failed runs in a row ended, Unix milliseconds. */
  readonly sinceMs: number;
}

export interface RecurringWorkDeps {
  /** Does it once. Must not keep the process busy for long at a time, and must end when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Unix milliseconds. */
  readonly wallClock: () => number;
  readonly clock: BackgroundClock;
  readonly logger: Pick<Logger, "error">;
}

/** Work that is done again and again beside everything else. A run that fails is logged; the next one tries again. */
export class RecurringWork {
  readonly #options: RecurringWorkOptions;
  readonly #deps: RecurringWorkDeps;
  readonly #stopping = new AbortController();
  #cancel = () => {};
  #failure: WorkFailure | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RecurringWorkOptions, deps: RecurringWorkDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Why the last run failed; null when it did not. */
  get failure(): WorkFailure | null {
    return this.#failure;
  }

  /** Waits for the interval, then runs. */
  start(): void {
    this.#schedule();
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#cancel();
    this.#stopping.abort(new Error("stopped"));
    await this.#running;
  }

  #schedule(): void {
    this.#cancel = this.#deps.clock.schedule(() => {
      this.#running = this.#run();
    }, this.#options.intervalMs);
  }

  async #run(): Promise<void> {
    const { run, logger } = this.#deps;
    const { signal } = this.#stopping;
    try {
      await run(signal);
      this.#failure = null;
    } catch (error) {
      if (signal.aborted) return;
      const text = error instanceof Error ? error.message : String(error);
      this.#failure = { text, sinceMs: this.#failure?.sinceMs ?? this.#deps.wallClock() };
      logger.error({ err: error, work: this.#options.name }, "background work failed");
    }
    if (!signal.aborted) this.#schedule();
  }
}
