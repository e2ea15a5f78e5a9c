import type { PeerClock } from "../clock.ts";
import { dialText, type NetAddress } from "../net-address.ts";
import type { Random } from "../random.ts";

/** Attempts after which an address is banned, the last ones hours apart. */
export const MAX_DIAL_ATTEMPTS = 16;
const JITTER_MS = 1000;
/** Addresses whose attempts are remembered: more than are dialed before the first of them is banned. */
const MAX_ENTRIES = 10_000;

/** Spaces the attempts to connect to an address: 2, 4, 8 … seconds (cometbft.md 3.1). */
export class DialBackoff {
  readonly #clock: PeerClock;
  readonly #random: Random;
  readonly #attempts = new Map<string, { count: number; notBeforeMs: number }>();

  constructor(clock: PeerClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What to do with an address now. */
  verdict(address: NetAddress): "dial" | "wait" | "give up" {
    const entry = this.#attempts.get(dialText(address));
    if (entry === undefined) return "dial";
    if (entry.count > MAX_DIAL_ATTEMPTS) return "give up";
    return entry.notBeforeMs > this.#clock.now() ? "wait" : "dial";
  }

  /** @param maxPauseMs longest pause; 0 for no limit */
  failed(address: NetAddress, maxPauseMs: number): void {
    const key = dialText(address);
    const count = (this.#attempts.get(key)?.count ?? 0) + 1;
    const pauseMs = 2 ** count * 1000 + this.#random.fraction() * JITTER_MS;
    const cappedMs = maxPauseMs > 0 ? Math.min(pauseMs, maxPauseMs) : pauseMs;
    this.#attempts.delete(key);
    this.#attempts.set(key, { count, notBeforeMs: this.#clock.now() + cappedMs });
    if (this.#attempts.size > MAX_ENTRIES) this.#attempts.delete(this.#attempts.keys().next().value!);
  }

  forget(address: NetAddress): void {
    this.#attempts.delete(dialText(address));
  }
}
