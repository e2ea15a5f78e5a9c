import type { Disposer } from "../../telemetry/emitter.ts";

/** The time, so that tests can hold it still. */
export interface PeerClock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the disposer cancels it. */
  schedule(fn: () => void, delayMs: number): Disposer;
}

/** The machine's clock. Its timers do not keep the process alive: the sockets do. */
export const systemPeerClock: PeerClock = {
  now: Date.now,
  schedule(fn, delayMs) {
    const timer = setTimeout(fn, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
