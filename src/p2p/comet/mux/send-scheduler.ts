import type { PeerClock } from "../clock.ts";
import type { SendChannel } from "./send-channel.ts";

const DECAY_MS = 2000;
const DECAY = 0.8;
/** After so many periods nothing is left of what was sent before. */
const MAX_PERIODS = 200;

/**
 * Decides whose packet goes next: that of the channel which, for its priority, has sent the least lately
 * (cometbft.md 2.3). What was sent counts a fifth less every two seconds.
 */
export class SendScheduler {
  readonly #channels: readonly SendChannel[];
  readonly #clock: PeerClock;
  #decayedAtMs: number;

  constructor(channels: readonly SendChannel[], clock: PeerClock) {
    this.#channels = channels;
    this.#clock = clock;
    this.#decayedAtMs = clock.now();
  }

  get isPending(): boolean {
    return this.#channels.some((channel) => channel.isPending);
  }

  /** The channel to send from; null when nothing waits. */
  next(): SendChannel | null {
    this.#decay();
    let chosen: SendChannel | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const channel of this.#channels) {
      const ratio = channel.recentBytes / channel.priority;
      if (!channel.isPending || ratio >= least) continue;
      least = ratio;
      chosen = channel;
    }
    return chosen;
  }

  #decay(): void {
    const periods = Math.floor((this.#clock.now() - this.#decayedAtMs) / DECAY_MS);
    if (periods <= 0) return;
    this.#decayedAtMs += periods * DECAY_MS;
    const factor = DECAY ** Math.min(periods, MAX_PERIODS);
    for (const channel of this.#channels) channel.recentBytes *= factor;
  }
}
