/** Chunks that are asked for, or wait to be restored, at a time: as in the official node. */
export const MAX_CHUNKS_AT_ONCE = 4;
/** After which time a chunk is asked of somebody else. */
export const CHUNK_TIMEOUT_MS = 10_000;

/** A request that is to be sent. */
export interface ChunkRequest<P> {
  readonly peer: P;
  readonly index: number;
}

interface Pending<P> {
  readonly peer: P;
  readonly sinceMs: number;
}

/** Which chunks of a snapshot to ask of whom, and those that have come and wait for their turn. */
export class ChunkRequests<P extends { readonly id: string }> {
  readonly #wanted: Set<number>;
  readonly #pending = new Map<number, Pending<P>>();
  readonly #received: { readonly peer: P; readonly index: number; readonly chunk: Uint8Array }[] = [];
  /** Who was asked for which chunk, also when it was too late. */
  readonly #asked = new Map<string, Set<number>>();
  /** How often a peer has failed us. */
  readonly #failures = new Map<string, number>();

  /** @param missing indices of the chunks that are needed */
  constructor(missing: readonly number[]) {
    this.#wanted = new Set(missing);
  }

  /** Chunks that are neither restored nor received. */
  get remaining(): number {
    return this.#wanted.size;
  }

  /** The requests that are to be sent now: to those who failed least, then to those who owe least. */
  requests(peers: readonly P[], nowMs: number): ChunkRequest<P>[] {
    const requests: ChunkRequest<P>[] = [];
    for (const index of this.#wanted) {
      if (this.#pending.size + this.#received.length >= MAX_CHUNKS_AT_ONCE) break;
      if (this.#pending.has(index)) continue;
      const peer = this.#choose(peers);
      if (peer === null) break;
      this.#pending.set(index, { peer, sinceMs: nowMs });
      const asked = this.#asked.get(peer.id);
      if (asked === undefined) this.#asked.set(peer.id, new Set([index]));
      else asked.add(index);
      requests.push({ peer, index });
    }
    return requests;
  }

  /** A chunk has come. @returns whether it was asked for and is still wanted */
  receive(peer: P, index: number, chunk: Uint8Array): boolean {
    if (!this.#asked.get(peer.id)?.has(index) || !this.#wanted.delete(index)) return false;
    this.#pending.delete(index);
    this.#received.push({ peer, index, chunk });
    return true;
  }

  /** Takes a chunk that is to be restored; null when none has come. */
  take(): { readonly peer: P; readonly index: number; readonly chunk: Uint8Array } | null {
    return this.#received.shift() ?? null;
  }

  /** A chunk that came was no good: it is wanted again. */
  returnChunk(peer: P, index: number): void {
    this.#fail(peer.id);
    this.#asked.get(peer.id)?.delete(index);
    this.#wanted.add(index);
  }

  /** A peer does not have a chunk. @returns whether it was asked for it */
  missing(peer: P, index: number): boolean {
    if (!this.#asked.get(peer.id)?.delete(index)) return false;
    if (this.#pending.get(index)?.peer.id === peer.id) this.#pending.delete(index);
    return true;
  }

  /** A peer is gone: what it owes is asked of others. */
  removePeer(id: string): void {
    this.#asked.delete(id);
    for (const [index, { peer }] of [...this.#pending]) if (peer.id === id) this.#pending.delete(index);
  }

  /** Gives up on requests that were not answered in time. */
  expire(nowMs: number): void {
    for (const [index, { peer, sinceMs }] of [...this.#pending]) {
      if (nowMs - sinceMs < CHUNK_TIMEOUT_MS) continue;
      this.#pending.delete(index);
      this.#fail(peer.id);
    }
  }

  #choose(peers: readonly P[]): P | null {
    const owed = (id: string) => [...this.#pending.values()].filter(({ peer }) => peer.id === id).length;
    const cost = ({ id }: P) => (this.#failures.get(id) ?? 0) * MAX_CHUNKS_AT_ONCE + owed(id);
    let chosen: P | null = null;
    for (const peer of peers) if (chosen === null || cost(peer) < cost(chosen)) chosen = peer;
    return chosen;
  }

  #fail(id: string): void {
    this.#failures.set(id, (this.#failures.get(id) ?? 0) + 1);
  }
}
