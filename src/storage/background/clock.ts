import type { Disposer } from "../../telemetry/emitter.ts";

/** The time that background work is measured and paused by; tests hold it still. */
export interface BackgroundClock {
  /** Milliseconds with fractions, from any start; never goes back. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the disposer cancels it. */
  schedule(fn: () => void, delayMs: number): Disposer;
}

/** Longest delay that the platform's timers take; longer ones would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers do not keep the process alive: background work is never why a node runs. */
export const systemBackgroundClock: BackgroundClock = {
  now: () => performance.now(),
  schedule(fn, delayMs) {
    const timer = setTimeout(fn, Math.min(delayMs, LONGEST_DELAY_MS)).unref();
    return () => clearTimeout(timer);
  },
};
