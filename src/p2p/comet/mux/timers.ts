import type { Disposer } from "../../../telemetry/emitter.ts";
import type { PeerClock } from "../clock.ts";

/** Timers by name, at most one of each. */
export class Timers<Name extends string> {
  readonly #clock: PeerClock;
  readonly #running = new Map<Name, Disposer>();

  constructor(clock: PeerClock) {
    this.#clock = clock;
  }

  has(name: Name): boolean {
    return this.#running.has(name);
  }

  /** Calls `fn` after `delayMs`, instead of what the name stood for. */
  set(name: Name, delayMs: number, fn: () => void): void {
    this.cancel(name);
    const cancel = this.#clock.schedule(() => {
      this.#running.delete(name);
      fn();
    }, delayMs);
    this.#running.set(name, cancel);
  }

  cancel(name: Name): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  cancelAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}
