import type { PeerClock } from "../clock.ts";
import { BAN_MS, PeerFault } from "../errors.ts";
import type { NodeId } from "../node-id.ts";

/** Least time between two requests of a peer, after the first two (cometbft.md gotcha 17). */
export const MIN_REQUEST_INTERVAL_MS = 10_000;

/** Sees to it that peers ask for addresses seldom, and answer only what was asked. */
export class RequestGuard {
  readonly #clock: PeerClock;
  /** When a peer asked last; null after its first request, which does not count. */
  readonly #asked = new Map<NodeId, number | null>();
  readonly #owed = new Set<NodeId>();

  constructor(clock: PeerClock) {
    this.#clock = clock;
  }

  hasAsked(id: NodeId): boolean {
    return this.#asked.has(id);
  }

  /** The peer asks. @throws PeerFault when it does so too often */
  ask(id: NodeId): void {
    const last = this.#asked.get(id);
    if (last === undefined) {
      this.#asked.set(id, null);
      return;
    }
    const now = this.#clock.now();
    if (last !== null && now - last < MIN_REQUEST_INTERVAL_MS) {
      const data = { sinceMs: now - last };
      throw new PeerFault("flood", "it asks for addresses too often", data, { banMs: BAN_MS });
    }
    this.#asked.set(id, now);
  }

  /** We ask the peer. @returns whether we may: no request is open */
  askIt(id: NodeId): boolean {
    if (this.#owed.has(id)) return false;
    this.#owed.add(id);
    return true;
  }

  /** The peer answers. @throws PeerFault when it was not asked */
  answer(id: NodeId): void {
    if (this.#owed.delete(id)) return;
    throw new PeerFault("misbehaviour", "it sends addresses that nobody asked for", {}, { banMs: BAN_MS });
  }

  forget(id: NodeId): void {
    this.#asked.delete(id);
    this.#owed.delete(id);
  }
}
