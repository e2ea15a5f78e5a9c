import type { PeerClock } from "../../comet/clock.ts";
import { draw, type Random } from "../../comet/random.ts";
import type { KnownPeer } from "../known-peer.ts";
import type { PeerId } from "../peer-id.ts";

/** How long a seed remembers a peer that said nothing since (oasis-core v26.1 go/p2p/discovery/peerstore). */
export const REGISTRATION_MS = 3600_000;
/** Peers altogether; of one name; names of one peer. More are turned away. */
export const MAX_PEERS = 10_000;
export const MAX_PEERS_OF_NAME = 1_000;
export const MAX_NAMES_OF_PEER = 20;

interface Registration {
  readonly peer: KnownPeer;
  readonly expiresMs: number;
}

/** What a seed knows: who serves which protocol or topic. */
export class Registrations {
  readonly #clock: PeerClock;
  readonly #random: Random;
  /** By name, in the order in which they expire. */
  readonly #byName = new Map<string, Map<PeerId, Registration>>();
  readonly #namesOf = new Map<PeerId, Set<string>>();

  constructor({ clock, random }: { clock: PeerClock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Registers a peer, or prolongs and updates its registration; false when there is no room. */
  add(name: string, peer: KnownPeer): boolean {
    this.#expire();
    const peers = this.#byName.get(name) ?? new Map<PeerId, Registration>();
    const names = this.#namesOf.get(peer.id) ?? new Set<string>();
    if (!peers.delete(peer.id)) {
      const isNew = names.size === 0;
      if (isNew && this.#namesOf.size >= MAX_PEERS) return false;
      if (peers.size >= MAX_PEERS_OF_NAME || names.size >= MAX_NAMES_OF_PEER) return false;
    }
    peers.set(peer.id, { peer, expiresMs: this.#clock.now() + REGISTRATION_MS });
    names.add(name);
    this.#byName.set(name, peers);
    this.#namesOf.set(peer.id, names);
    return true;
  }

  remove(name: string, id: PeerId): void {
    const peers = this.#byName.get(name);
    if (peers === undefined || !peers.delete(id)) return;
    if (peers.size === 0) this.#byName.delete(name);
    const names = this.#namesOf.get(id);
    names?.delete(name);
    if (names?.size === 0) this.#namesOf.delete(id);
  }

  /** Some of those who registered for a name, drawn at random. */
  some(name: string, limit: number): KnownPeer[] {
    this.#expire();
    const peers = [...(this.#byName.get(name)?.values() ?? [])].map(({ peer }) => peer);
    return draw(this.#random, peers, limit);
  }

  /** Everybody, once. */
  all(): KnownPeer[] {
    this.#expire();
    const all = new Map<PeerId, KnownPeer>();
    for (const peers of this.#byName.values()) for (const { peer } of peers.values()) all.set(peer.id, peer);
    return [...all.values()];
  }

  /** Everybody by name, to be kept on disk. */
  byName(): Map<string, KnownPeer[]> {
    this.#expire();
    return new Map(
      [...this.#byName].map(([name, peers]) => [name, [...peers.values()].map(({ peer }) => peer)]),
    );
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [name, peers] of this.#byName) {
      for (const [id, { expiresMs }] of peers) {
        if (expiresMs > now) break;
        this.remove(name, id);
      }
    }
  }
}
