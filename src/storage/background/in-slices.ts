import type { BackgroundClock } from "./clock.ts";

/** How much of the process's time background work may take. */
export interface SliceTiming {
  /** No step begins after a slice has lasted so long. */
  readonly workMs: number;
  /** Pause between slices. */
  readonly pauseMs: number;
}

/** A block waits for a slice at most, and three quarters of the time are left to everything else. */
export const DEFAULT_SLICES: SliceTiming = { workMs: 3, pauseMs: 9 };

/**
 * Does `work` in slices, so that nothing else in the process waits for long. Every step of it should be shorter than
 * a slice.
 * @returns what `work` returns
 * @throws what `work` throws, or the signal's reason; `work` is closed then, so its `finally` blocks have run
 */
export function inSlices<R>(
  work: Iterator<unknown, R>,
  timing: SliceTiming,
  clock: BackgroundClock,
  signal: AbortSignal,
): Promise<R> {
  return new Promise((resolve, reject) => {
    let cancel = () => {};
    let inStep = false;
    const end = (outcome: () => void) => {
      signal.removeEventListener("abort", onAbort);
      outcome();
    };
    const stop = () => {
      cancel();
      try {
        work.return?.();
        end(() => reject(signal.reason));
      } catch (error) {
        end(() => reject(error));
      }
    };
    // Work that is in the middle of a step cannot be closed: it is when the step ends.
    const onAbort = () => {
      if (!inStep) stop();
    };
    const slice = () => {
      const sliceEnd = clock.now() + timing.workMs;
      try {
        do {
          inStep = true;
          const step = work.next();
          inStep = false;
          if (step.done === true) {
            end(() => resolve(step.value));
            return;
          }
          if (signal.aborted) {
            stop();
            return;
          }
        } while (clock.now() < sliceEnd);
        cancel = clock.schedule(slice, timing.pauseMs);
      } catch (error) {
        end(() => reject(error));
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) stop();
    else slice();
  });
}
