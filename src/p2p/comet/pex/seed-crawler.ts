import type { Disposer } from "../../../telemetry/emitter.ts";
import type { AddressBook } from "../book/address-book.ts";
import type { PeerClock } from "../clock.ts";
import type { NetAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import type { Peer } from "../peer.ts";
import type { PexNetwork } from "./pex-network.ts";

export interface SeedCrawlerDeps {
  readonly network: PexNetwork;
  readonly book: AddressBook;
  readonly clock: PeerClock;
  /** Dials an address unless it has to wait. */
  readonly dial: (address: NetAddress) => Promise<Peer | null>;
  readonly ask: (peer: Peer) => void;
  /** Dials the other seeds; null when there are none. */
  readonly dialSeeds: (() => Promise<void>) | null;
}

/** How often a seed looks for peers (cometbft.md 1.4). */
export const CRAWL_INTERVAL_MS = 30_000;
/** Least time between two visits of one peer. */
export const REVISIT_INTERVAL_MS = 120_000;
/** How long a peer may stay: long enough to prove good. */
export const MAX_STAY_MS = 28 * 3600_000;
/** Visits that are remembered: as many as the address book holds. */
const MAX_VISITS = 20_480;
/** Addresses that are dialed at once. */
const MAX_DIALS = 16;

/** Goes from peer to peer and asks each for addresses, so that a seed has good ones to give away. */
export class SeedCrawler {
  readonly #deps: SeedCrawlerDeps;
  /** When a peer was last visited, longest ago first. */
  readonly #visits = new Map<NodeId, number>();
  #timer: Disposer = () => {};
  #dials = 0;

  constructor(deps: SeedCrawlerDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { dialSeeds } = this.#deps;
    this.#schedule();
    if (dialSeeds !== null) void dialSeeds();
    else this.#crawl();
  }

  stop(): void {
    this.#timer();
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.schedule(() => {
      this.#schedule();
      this.#partWithOldPeers();
      this.#deps.book.reinstate();
      this.#crawl();
    }, CRAWL_INTERVAL_MS);
  }

  #crawl(): void {
    const now = this.#deps.clock.now();
    for (const address of this.#deps.book.selection()) {
      if (this.#dials >= MAX_DIALS) return;
      const visitedMs = this.#visits.get(address.id);
      if (visitedMs !== undefined && now - visitedMs < REVISIT_INTERVAL_MS) continue;
      this.#visits.delete(address.id);
      this.#visits.set(address.id, now);
      if (this.#visits.size > MAX_VISITS) this.#visits.delete(this.#visits.keys().next().value!);
      void this.#visit(address);
    }
  }

  async #visit(address: NetAddress): Promise<void> {
    this.#dials++;
    try {
      const peer = await this.#deps.dial(address);
      if (peer !== null) this.#deps.ask(peer);
    } finally {
      this.#dials--;
    }
  }

  #partWithOldPeers(): void {
    const oldestMs = this.#deps.clock.now() - MAX_STAY_MS;
    for (const peer of this.#deps.network.peers) {
      if (!peer.isPersistent && peer.connectedAtMs <= oldestMs) peer.finish("it has stayed long enough");
    }
  }
}
