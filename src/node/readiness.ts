import type { ChainEngine } from "../chain/chain-engine.ts";
import { describeWaiting, type Waiting } from "../telemetry/waiting.ts";
import type { RegistrationWorker } from "../workers/registration/registration.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import { systemTimers } from "../workers/timers.ts";
import type { ConsensusPeers } from "./consensus-peers.ts";
import { consensusWaiting } from "./consensus-waiting.ts";

export interface ReadinessDeps {
  readonly engine: ChainEngine;
  readonly peers: ConsensusPeers;
  readonly workers: readonly RuntimeWorker[];
  readonly registration: RegistrationWorker;
}

/** A part of the node that waits, by its name. */
export interface NamedWaiting {
  readonly subject: "consensus" | "registration" | RuntimeWorker;
  readonly waiting: Waiting;
}

/** A last block younger than this means the node is up to date (facts/api.md 2.1). */
const SYNCED_WITHIN_MS = 60_000;

/** Whether the node is where it should be, and what it waits for until then. */
export class Readiness {
  readonly #deps: ReadinessDeps;

  constructor(deps: ReadinessDeps) {
    this.#deps = deps;
  }

  /** Whether the node takes part in the rounds and the last block is recent. */
  isSynced(): boolean {
    return this.#deps.peers.phase === "rounds" && this.#isRecent();
  }

  /** Whether every role that the node wants works. */
  isReady(): boolean {
    return this.isSynced() && this.waiting().length === 0;
  }

  /** Everything that the node waits for, the parts that others depend on first. */
  waiting(): NamedWaiting[] {
    const { workers, registration } = this.#deps;
    const list: NamedWaiting[] = [];
    const consensus = this.#consensusWaiting();
    if (consensus !== null) list.push({ subject: "consensus", waiting: consensus });
    for (const worker of workers) {
      if (worker.waiting !== null) list.push({ subject: worker, waiting: worker.waiting });
    }
    if (registration.waiting !== null) list.push({ subject: "registration", waiting: registration.waiting });
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

  #isRecent(): boolean {
    const { engine } = this.#deps;
    const height = engine.latestHeight;
    const block = height === 0n ? null : engine.blockAt(height);
    if (block === null) return false;
    return Date.now() - Number(block.block.header.time / 1_000_000n) < SYNCED_WITHIN_MS;
  }

  #consensusWaiting(): Waiting | null {
    const { peers, engine } = this.#deps;
    const { phase, phaseSinceMs, isAlone, progress, clockOffsetMs } = peers;
    return consensusWaiting({
      ...{ phase, phaseSinceMs, isAlone, progress, clockOffsetMs },
      checkpoint: peers.checkpointProgress,
      network: peers.report(),
      engine: engine.status,
      isRecent: this.#isRecent(),
    });
  }

  /** Looks at every block and phase: whatever a node waits for shows there at the latest. */
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
      const disposers = [this.#deps.engine.onBlock(look), this.#deps.peers.onPhase(look)];
      signal.addEventListener("abort", stop, { once: true });
      look();
    });
  }
}
