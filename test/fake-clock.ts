import type { Disposer } from "../src/telemetry/emitter.ts";

interface Timer {
  readonly atMs: number;
  readonly delayMs: number;
  readonly fn: () => void;
}

/** A clock that stands still until it is moved. Fits every injected clock of the node. */
export class FakeClock {
  #nowMs: number;
  readonly #timers = new Set<Timer>();
  readonly #expected: { delayMs: number; resolve: () => void }[] = [];

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  now = (): number => this.#nowMs;

  schedule = (fn: () => void, delayMs: number): Disposer => {
    const timer = { atMs: this.#nowMs + delayMs, delayMs, fn };
    this.#timers.add(timer);
    for (const [i, expected] of [...this.#expected.entries()].reverse()) {
      if (expected.delayMs !== delayMs) continue;
      this.#expected.splice(i, 1);
      expected.resolve();
    }
    return () => this.#timers.delete(timer);
  };

  /** Timers that are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves the time and runs what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.fn();
    }
    this.#nowMs = end;
  }

  /** Resolves when somebody waits for exactly `delayMs`, at once when somebody does already. */
  scheduled(delayMs: number): Promise<void> {
    if ([...this.#timers].some((timer) => timer.delayMs === delayMs)) return Promise.resolve();
    return new Promise((resolve) => this.#expected.push({ delayMs, resolve }));
  }
}
