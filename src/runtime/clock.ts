import type { Disposer } from "../telemetry/emitter.ts";

/** The time, so that tests can hold it still. */
export interface HostClock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the disposer cancels it. */
  schedule(fn: () => void, delayMs: number): Disposer;
}

/** The machine's clock. Its timers do not keep a finished program alive. */
export const systemClock: HostClock = {
  now: Date.now,
  schedule(fn, delayMs) {
    const timer = setTimeout(fn, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or at once when the signal ends. */
export function delay(clock: HostClock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.schedule(finish, delayMs);
    signal.addEventListener("abort", finish, { once: true });
  });
}
