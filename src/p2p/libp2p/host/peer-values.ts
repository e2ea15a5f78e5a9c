import type { PeerId } from "../peer-id.ts";

/** Begins the tags that say what a peer is, whether it is connected or not; the others go with its connection. */
export const IMPORTANCE = "oasis-core/importance/";

/** Peers that are worth more than others when connections must go. */
export class PeerValues {
  readonly #tags = new Map<PeerId, Map<string, number>>();

  /** Gives a peer a tag, or the tag another value. */
  tag(peer: PeerId, name: string, value: number): void {
    const tags = this.#tags.get(peer) ?? new Map<string, number>();
    tags.set(name, value);
    this.#tags.set(peer, tags);
  }

  untag(peer: PeerId, name: string): void {
    const tags = this.#tags.get(peer);
    tags?.delete(name);
    if (tags?.size === 0) this.#tags.delete(peer);
  }

  /** Exactly these peers have the tag from now on. */
  tagOnly(peers: Iterable<PeerId>, name: string, value: number): void {
    const wanted = new Set(peers);
    for (const peer of [...this.#tags.keys()]) if (!wanted.has(peer)) this.untag(peer, name);
    for (const peer of wanted) this.tag(peer, name, value);
  }

  /** Forgets what was learnt of a peer that went. */
  forget(peer: PeerId): void {
    for (const name of [...(this.#tags.get(peer)?.keys() ?? [])]) {
      if (!name.startsWith(IMPORTANCE)) this.untag(peer, name);
    }
  }

  valueOf(peer: PeerId): number {
    let sum = 0;
    for (const value of this.#tags.get(peer)?.values() ?? []) sum += value;
    return sum;
  }
}
