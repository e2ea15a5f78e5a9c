import type { Disposer } from "../telemetry/emitter.ts";

/** The clock that workers run by; tests drive their own. */
export interface Timers {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` once after `delayMs`, unless disposed of before. */
  schedule(fn: () => void, delayMs: number): Disposer;
}

/** Longest delay that the platform's timers take; longer ones would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

export const systemTimers: Timers = {
  now: () => Date.now(),
  schedule: (fn, delayMs) => {
    const timer = setTimeout(fn, Math.min(delayMs, longestDelayMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or rejects with the signal's reason. */
export function delay(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = timers.schedule(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
