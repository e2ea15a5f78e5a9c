import type { RuntimeHost } from "../../runtime/host.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { delay, type Timers } from "../timers.ts";

export interface HostSyncDeps {
  host: Pick<RuntimeHost, "call" | "status">;
  timers: Timers;
  logger: Logger;
  /** The process has taken its first consensus block: it is ready for work. */
  onTrusted(): void;
}

const syncTimeoutMs = 10_000;
const trustRetryMs = 1_000;

/**
 * Tells a ParaTime of consensus blocks, the newest first of all: those that it had no time for are skipped. Before it has
 * taken one, it answers nothing that depends on a block.
 */
export class HostSync {
  readonly #deps: HostSyncDeps;
  readonly #stopping = new AbortController();
  /** Height that the process is to know. */
  #wanted = 0n;
  #running = false;
  #trusted = false;
  #problem: string | null = null;

  constructor(deps: HostSyncDeps) {
    this.#deps = deps;
  }

  /** Whether the running process has taken a consensus block. */
  get trusted(): boolean {
    return this.#trusted;
  }

  /** Why the process did not take the last block that it was told of; null when it did. */
  get problem(): string | null {
    return this.#problem;
  }

  /** There is a block at `height`. */
  tell(height: bigint): void {
    this.#wanted = height;
    if (this.#running || this.#deps.host.status().state !== "ready") return;
    this.#running = true;
    void this.#run().finally(() => {
      this.#running = false;
    });
  }

  /** A new process has started, which knows nothing. */
  processStarted(height: bigint): void {
    this.#trusted = false;
    this.#problem = null;
    this.tell(height);
  }

  processGone(): void {
    this.#trusted = false;
  }

  stop(): void {
    this.#stopping.abort(new Error("the node is stopping"));
  }

  async #run(): Promise<void> {
    const { host, timers, logger } = this.#deps;
    const { signal } = this.#stopping;
    let told = 0n;
    while (told < this.#wanted && host.status().state === "ready" && !signal.aborted) {
      const height = this.#wanted;
      try {
        await host.call("RuntimeConsensusSyncRequest", { height }, { timeoutMs: syncTimeoutMs, signal });
        told = height;
        this.#problem = null;
        if (!this.#trusted) {
          this.#trusted = true;
          this.#deps.onTrusted();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = error instanceof Error ? error.message : String(error);
        logger.debug({ error, height: height.toString() }, "the ParaTime did not accept a consensus block");
        await delay(timers, trustRetryMs, signal).catch(() => {});
      }
    }
  }
}
