import type { Peer } from "../../p2p/comet/peer.ts";
import type { Snapshot } from "./snapshot.ts";

/** Snapshots that are remembered of a peer, as in the official node. */
export const MAX_SNAPSHOTS_PER_PEER = 10;
/** Bytes of descriptions that are remembered of all peers. */
export const MAX_POOL_BYTES = 64 * 1024 * 1024;

/** What the pool needs of a peer. */
export type SnapshotPeer = Pick<Peer, "id">;

interface Entry<P> {
  readonly snapshot: Snapshot;
  readonly peers: Map<string, P>;
}

/** The snapshots that peers offer, and who has them. */
export class SnapshotPool<P extends SnapshotPeer> {
  readonly #entries = new Map<string, Entry<P>>();
  readonly #rejected = new Set<string>();
  readonly #rejectedPeers = new Set<string>();
  #bytes = 0;

  /** A peer offers a snapshot. @returns whether it is a new one */
  add(peer: P, snapshot: Snapshot): boolean {
    if (this.#rejected.has(snapshot.key) || this.#rejectedPeers.has(peer.id)) return false;
    if (this.#countOf(peer.id) >= MAX_SNAPSHOTS_PER_PEER) return false;
    const known = this.#entries.get(snapshot.key);
    if (known !== undefined) {
      known.peers.set(peer.id, peer);
      return false;
    }
    if (this.#bytes + snapshot.size > MAX_POOL_BYTES) return false;
    this.#bytes += snapshot.size;
    this.#entries.set(snapshot.key, { snapshot, peers: new Map([[peer.id, peer]]) });
    return true;
  }

  /** The snapshots that somebody has, the best first: the newest, of these the one that most have. */
  ranked(): Snapshot[] {
    return [...this.#entries.values()]
      .sort((a, b) => Number(b.snapshot.height - a.snapshot.height) || b.peers.size - a.peers.size || 0)
      .map(({ snapshot }) => snapshot);
  }

  /** Who offers a snapshot. */
  peersOf({ key }: Snapshot): P[] {
    return [...(this.#entries.get(key)?.peers.values() ?? [])];
  }

  /** The snapshot is not to be tried again. */
  reject({ key }: Snapshot): void {
    this.#rejected.add(key);
    this.#drop(key);
  }

  /** A peer is gone. */
  removePeer(id: string): void {
    for (const [key, { peers }] of [...this.#entries]) {
      peers.delete(id);
      if (peers.size === 0) this.#drop(key);
    }
  }

  /** Nothing is taken of the peer any more, also not when it comes back. */
  rejectPeer(id: string): void {
    this.#rejectedPeers.add(id);
    this.removePeer(id);
  }

  /** A peer does not have a snapshot that it offered. */
  withdraw(id: string, { key }: Snapshot): void {
    const entry = this.#entries.get(key);
    entry?.peers.delete(id);
    if (entry?.peers.size === 0) this.#drop(key);
  }

  #countOf(id: string): number {
    let count = 0;
    for (const { peers } of this.#entries.values()) if (peers.has(id)) count++;
    return count;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.snapshot.size;
  }
}
