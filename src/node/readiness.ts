import type { Disposer } from "../telemetry/emitter.ts";
import { describeWaiting, type Waiting } from "../telemetry/waiting.ts";
import type { RegistrationWorker } from "../workers/registration/registration.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import { systemTimers } from "../workers/timers.ts";

/** Whether the consensus layer of a node is where it should be. */
export interface ConsensusReadiness {
  isSynced(): boolean;
  /** What it waits for; null when it works. */
  waiting(): Waiting | null;
  /** Calls `listener` when that may have changed. */
  onChange(listener: () => void): Disposer;
}

export interface ReadinessDeps {
  readonly consensus: ConsensusReadiness;
  readonly workers: readonly RuntimeWorker[];
  /** Null: the node never registers. */
  readonly registration: RegistrationWorker | null;
}

/** A part of the node that waits, by its name. */
export interface NamedWaiting {
  readonly subject: "consensus" | "registration" | RuntimeWorker;
  readonly waiting: Waiting;
}

/** Whether the node is where it should be, and what it waits for until then. */
export class Readiness {
  readonly #deps: ReadinessDeps;

  constructor(deps: ReadinessDeps) {
    this.#deps = deps;
  }

  /** Whether the node is at the head of the chain. */
  isSynced(): boolean {
    return this.#deps.consensus.isSynced();
  }

  /** Whether every role that the node wants works. */
  isReady(): boolean {
    return this.isSynced() && this.waiting().length === 0;
  }

  /** Everything that the node waits for, the parts that others depend on first. */
  waiting(): NamedWaiting[] {
    const { workers, registration } = this.#deps;
    const list: NamedWaiting[] = [];
    const consensus = this.#deps.consensus.waiting();
    if (consensus !== null) list.push({ subject: "consensus", waiting: consensus });
    for (const worker of workers) {
      if (worker.waiting !== null) list.push({ subject: worker, waiting: worker.waiting });
    }
    const own = registration?.waiting ?? null;
    if (own !== null) list.push({ subject: "registration", waiting: own });
    return list;
  }

  /** What the node waits for, one line each. */
  blockers(): string[] {
    const now = systemTimers.now();
    return this.waiting().map(({ subject, waiting }) => {
      const name = typeof subject === "string" ? subject : subject.name;
      return `${name}: ${describeWaiting(waiting, now)}`;
    });
  }

  waitSynced(signal: AbortSignal): Promise<void> {
    return this.#waitUntil(() => this.isSynced(), signal);
  }

  waitReady(signal: AbortSignal): Promise<void> {
    return this.#waitUntil(() => this.isReady(), signal);
  }

  /** Looks at every change of the consensus layer: whatever a node waits for shows there at the latest. */
  #waitUntil(reached: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const dispose = () => {
        for (const one of disposers) one();
        signal.removeEventListener("abort", stop);
      };
      const look = () => {
        if (!reached()) return;
        dispose();
        resolve();
      };
      const stop = () => {
        dispose();
        reject(signal.reason);
      };
      const { consensus, workers } = this.#deps;
      const disposers = [
        consensus.onChange(look),
        ...workers.map((worker) => worker.offerChanged.subscribe(look)),
      ];
      signal.addEventListener("abort", stop, { once: true });
      look();
    });
  }
}
