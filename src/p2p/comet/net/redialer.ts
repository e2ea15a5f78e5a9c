import type { Disposer } from "../../../telemetry/emitter.ts";
import type { PeerClock } from "../clock.ts";
import type { NodeId } from "../node-id.ts";
import { type PeerAddress, peerAddressText } from "../peer-address.ts";
import type { Random } from "../random.ts";

export interface RedialerDeps {
  readonly clock: PeerClock;
  readonly random: Random;
  /** Tries to connect; whether that worked. Never rejects. */
  readonly dial: (address: PeerAddress) => Promise<boolean>;
  readonly isConnected: (id: NodeId) => boolean;
}

/** Every pause is longer by up to this much, so that nodes that start together do not dial together. */
const JITTER_MS = 3000;
/** The first attempts come at this pace. */
const FAST_ATTEMPTS = 20;
const FAST_PAUSE_MS = 5000;
/** The later pauses grow by this factor, from one second. */
const SLOW_FACTOR = 3;
const SLOW_ATTEMPTS = 10;

/** Pause before an attempt to reach a persistent peer. @param attempt number of attempts that failed, from 0 */
export function redialPauseMs(attempt: number, maxPauseMs: number): number {
  if (attempt === 0) return 0;
  const slow = Math.min(attempt - FAST_ATTEMPTS + 1, SLOW_ATTEMPTS);
  const pause = attempt < FAST_ATTEMPTS ? FAST_PAUSE_MS : SLOW_FACTOR ** slow * 1000;
  return maxPauseMs > 0 ? Math.min(pause, maxPauseMs) : pause;
}

/**
 * Keeps dialing peers until they are connected: twenty times every five seconds, then with growing pauses
 * (cometbft.md 2.3). The official node gives up after ten of these; a peer that the operator named is worth more.
 */
export class Redialer {
  readonly #maxPauseMs: number;
  readonly #deps: RedialerDeps;
  readonly #pending = new Map<string, Disposer>();
  #isStopped = false;

  /** @param maxPauseMs longest pause; 0 for no limit */
  constructor(maxPauseMs: number, deps: RedialerDeps) {
    this.#maxPauseMs = maxPauseMs;
    this.#deps = deps;
  }

  /** Begins to dial a peer, unless that is going on already. */
  start(address: PeerAddress): void {
    const name = peerAddressText(address);
    if (this.#isStopped || this.#pending.has(name)) return;
    this.#schedule(name, address, 0);
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  #schedule(name: string, address: PeerAddress, attempt: number): void {
    const { clock, random } = this.#deps;
    const pauseMs = redialPauseMs(attempt, this.#maxPauseMs) + random.fraction() * JITTER_MS;
    const cancel = clock.schedule(() => void this.#attempt(name, address, attempt), pauseMs);
    this.#pending.set(name, cancel);
  }

  async #attempt(name: string, address: PeerAddress, attempt: number): Promise<void> {
    const hasWorked = await this.#deps.dial(address);
    if (this.#isStopped) return;
    // Asked only now: it may have gone again already.
    if (this.#deps.isConnected(address.id)) this.#pending.delete(name);
    else this.#schedule(name, address, hasWorked ? 0 : attempt + 1);
  }
}
