/** How far fetching blocks is, how fast it goes, and how long it will take. */
export interface SyncRate {
  readonly height: bigint;
  /** Newest height that a peer has told. */
  readonly target: bigint;
  /** Over the last minute; 0 before there is something to compare with. */
  readonly blocksPerSecond: number;
  /** At that rate, in whole seconds; null while the rate is 0. */
  readonly secondsLeft: number | null;
  /** When this began, Unix milliseconds. */
  readonly sinceMs: number;
}

interface Sample {
  readonly height: bigint;
  readonly atMs: number;
}

/** Samples that the rate is taken over. */
const WINDOW = 60;

/** Measures progress over the last minute. */
export class SyncMeter {
  /** How often {@link note} is to be called. */
  static readonly intervalMs = 1000;
  readonly #now: () => number;
  readonly #samples: Sample[] = [];
  #target = 0n;
  #sinceMs = 0;

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(height: bigint, target: bigint): void {
    const atMs = this.#now();
    if (this.#samples.length === 0) this.#sinceMs = atMs;
    this.#samples.push({ height, atMs });
    if (this.#samples.length > WINDOW) this.#samples.shift();
    this.#target = target;
  }

  /** Null before the first sample. */
  get rate(): SyncRate | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return null;
    const seconds = (last.atMs - first.atMs) / 1000;
    const blocksPerSecond = seconds === 0 ? 0 : Number(last.height - first.height) / seconds;
    const missing = Number(this.#target > last.height ? this.#target - last.height : 0n);
    return {
      ...{ height: last.height, target: this.#target, blocksPerSecond, sinceMs: this.#sinceMs },
      secondsLeft: blocksPerSecond === 0 ? null : Math.ceil(missing / blocksPerSecond),
    };
  }
}
