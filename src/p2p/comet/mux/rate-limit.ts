import type { PeerClock } from "../clock.ts";

/** How much of a second's bytes may go at once. */
const BURST_SECONDS = 0.1;

/**
 * Keeps a stream of bytes below a rate: bytes are counted as they go, and when there were too many one has to wait.
 * A single piece may exceed the burst; it is waited for afterwards.
 */
export class RateLimit {
  readonly #bytesPerMs: number;
  readonly #burst: number;
  readonly #clock: PeerClock;
  #allowance: number;
  #atMs: number;

  /** @param bytesPerSecond 0 for no limit */
  constructor(bytesPerSecond: number, clock: PeerClock) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#burst = bytesPerSecond * BURST_SECONDS;
    this.#clock = clock;
    this.#allowance = this.#burst;
    this.#atMs = clock.now();
  }

  count(bytes: number): void {
    this.#refill();
    this.#allowance -= bytes;
  }

  /** Milliseconds until bytes may go again; 0 when they may now. */
  get delayMs(): number {
    if (this.#bytesPerMs === 0) return 0;
    this.#refill();
    return this.#allowance > 0 ? 0 : Math.ceil((1 - this.#allowance) / this.#bytesPerMs);
  }

  #refill(): void {
    const now = this.#clock.now();
    // A clock that was set back gives nothing and takes nothing.
    const elapsed = Math.max(0, now - this.#atMs);
    this.#atMs = now;
    this.#allowance = Math.min(this.#burst, this.#allowance + elapsed * this.#bytesPerMs);
  }
}
