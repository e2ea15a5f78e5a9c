import type { ChainClock } from "../clock.ts";

/** Lets one waiter sleep until something happens. */
export class Wakeup {
  readonly #clock: ChainClock;
  #isDue = false;
  #resume: (() => void) | null = null;

  constructor(clock: ChainClock) {
    this.#clock = clock;
  }

  /** Something happened: whoever waits goes on, or whoever will wait next does not. */
  wake(): void {
    this.#isDue = true;
    this.#resume?.();
  }

  /** Waits for {@link wake}, and no longer than `ms`. @throws the signal's reason */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        cancel();
        this.#resume = null;
        this.#isDue = false;
        signal.removeEventListener("abort", abort);
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      const cancel = this.#clock.schedule(() => end(resolve), ms);
      this.#resume = () => end(resolve);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      else if (this.#isDue) end(resolve);
    });
  }
}
