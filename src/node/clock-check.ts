/** Samples that the judgement rests on. */
const SAMPLES = 9;
/** What the way of a block through the network may take. */
const MAX_DELAY_MS = 5000;
/** How far behind is too far: blocks from the future stop ParaTimes in trusted hardware. */
const MAX_BEHIND_MS = 1000;

/**
 * Compares this machine's clock with those of the validators.
 *
 * The time in a block is when the validators decided the one before it (facts/cometbft.md, gotcha 16), which is about
 * when that one came here.
 */
export class ClockCheck {
  readonly #offsets: number[] = [];
  #arrivedMs: number | null = null;

  /** A block has come from the rounds. Times are Unix milliseconds. */
  note(blockTimeMs: number, nowMs: number): void {
    if (this.#arrivedMs !== null) {
      this.#offsets.push(this.#arrivedMs - blockTimeMs);
      if (this.#offsets.length > SAMPLES) this.#offsets.shift();
    }
    this.#arrivedMs = nowMs;
  }

  /**
   * How far this clock is ahead of the validators', in milliseconds; negative when it is behind. Null when it is not
   * known to be off: also a node that comes from behind gets old blocks, ever younger ones.
   */
  get offsetMs(): number | null {
    if (this.#offsets.length < SAMPLES) return null;
    const sorted = this.#offsets.toSorted((a, b) => a - b);
    const offset = sorted[Math.floor(SAMPLES / 2)]!;
    if (offset < -MAX_BEHIND_MS) return offset;
    const spread = sorted.at(-1)! - sorted[0]!;
    return offset > MAX_DELAY_MS && spread < offset / 4 ? offset : null;
  }
}
