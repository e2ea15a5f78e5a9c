import type { Disposer } from "../telemetry/emitter.ts";
import { NANOS_PER_MILLISECOND, type Time } from "./time.ts";

/** The time, so that tests can hold it still. */
export interface ChainClock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the disposer cancels it. */
  schedule(fn: () => void, delayMs: number): Disposer;
}

/** The machine's clock. No delay means after what input has come; a timer would take a millisecond at least. */
export const systemClock: ChainClock = {
  now: Date.now,
  schedule(fn, delayMs) {
    if (delayMs <= 0) {
      const immediate = setImmediate(fn);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The clock's time as the chain counts it. */
export function timeOf(clock: ChainClock): Time {
  return BigInt(clock.now()) * NANOS_PER_MILLISECOND;
}
