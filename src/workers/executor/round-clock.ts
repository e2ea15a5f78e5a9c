import type { Disposer } from "../../telemetry/emitter.ts";
import type { Timers } from "../timers.ts";

export interface RoundTimes {
  /** Nanoseconds until a batch is proposed whether or not there is reason to. */
  readonly batch_flush_timeout: bigint;
  /** Nanoseconds of one scheduler's turn. */
  readonly propose_batch_timeout: bigint;
}

/** The times of one round, from its beginning at this node on. */
export class RoundClock {
  readonly #times: RoundTimes;
  readonly #timers: Timers;
  readonly #beganMs: number;
  readonly #pending = new Set<Disposer>();
  #isFlushDue = false;

  /**
   * @param turns how many turns there are
   * @param onTime is told of each time that has come
   */
  constructor(times: RoundTimes, turns: number, timers: Timers, onTime: () => void) {
    this.#times = times;
    this.#timers = timers;
    this.#beganMs = timers.now();
    this.#after(milliseconds(times.batch_flush_timeout), () => {
      this.#isFlushDue = true;
      onTime();
    });
    const nextTurn = (turn: number) => {
      if (turn >= turns) return;
      this.#after(milliseconds(times.propose_batch_timeout), () => {
        onTime();
        nextTurn(turn + 1);
      });
    };
    nextTurn(1);
  }

  /** The highest rank whose turn has come. */
  get turn(): bigint {
    const turnMs = milliseconds(this.#times.propose_batch_timeout);
    const passedMs = Math.floor(this.#timers.now() - this.#beganMs);
    return turnMs === 0 ? 0n : BigInt(Math.floor(passedMs / turnMs));
  }

  /** Whether a batch is due, even an empty one. */
  get isFlushDue(): boolean {
    return this.#isFlushDue;
  }

  stop(): void {
    for (const dispose of this.#pending) dispose();
    this.#pending.clear();
  }

  #after(ms: number, fn: () => void): void {
    const dispose = this.#timers.schedule(() => {
      this.#pending.delete(dispose);
      fn();
    }, ms);
    this.#pending.add(dispose);
  }
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}
