import { PeerFault } from "../../p2p/comet/errors.ts";
import type { Peer } from "../../p2p/comet/peer.ts";

/** What the pool needs of a peer. */
export type SyncPeer = Pick<Peer, "id" | "stop">;

/** Blocks asked of one peer at a time (cometbft.md 3.5). */
export const MAX_PENDING_PER_PEER = 20;
/** Blocks that are fetched before the next one is there: they wait in memory. */
export const MAX_AHEAD = 100n;
/** Bytes of blocks that wait in memory; the next block is fetched whatever there is. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** How long a peer that owes blocks may be silent. */
export const PEER_TIMEOUT_MS = 15_000;

/** A request that is to be sent. */
export interface BlockRequest<P> {
  readonly peer: P;
  readonly height: bigint;
}

interface PeerEntry<P> {
  readonly peer: P;
  base: bigint;
  height: bigint;
  readonly pending: Set<bigint>;
  heardAtMs: number;
}

interface ReceivedBlock<P> {
  readonly peer: P;
  readonly encoded: Uint8Array;
}

/** Which blocks to ask of whom, and the blocks that have come and wait for their turn. */
export class BlockPool<P extends SyncPeer> {
  readonly #peers = new Map<string, PeerEntry<P>>();
  readonly #requested = new Map<bigint, P>();
  readonly #blocks = new Map<bigint, ReceivedBlock<P>>();
  #waitingBytes = 0;
  #next: bigint;

  /** @param next height of the first block that is needed */
  constructor(next: bigint) {
    this.#next = next;
  }

  /** Height of the next block that is needed. */
  get next(): bigint {
    return this.#next;
  }

  /** Height of the newest block that somebody has who also has the next one; 0 when nobody has. */
  get maxHeight(): bigint {
    let max = 0n;
    for (const { base, height } of this.#peers.values()) {
      if (base <= this.#next && height > max) max = height;
    }
    return max;
  }

  /** Whether somebody has told its height, and nobody has blocks that could be taken: the last one lacks its commit. */
  get isCaughtUp(): boolean {
    return this.#peers.size > 0 && this.#next >= this.maxHeight;
  }

  /** A peer tells which blocks it has. */
  setRange(peer: P, base: bigint, height: bigint, nowMs: number): void {
    if (base < 0n || height < 0n || base > height) {
      throw new PeerFault("malformed", "its range of blocks is none", { base, height });
    }
    const known = this.#peers.get(peer.id);
    if (known === undefined) {
      this.#peers.set(peer.id, { peer, base, height, pending: new Set(), heardAtMs: nowMs });
      return;
    }
    if (height < known.height) throw new PeerFault("misbehaviour", "its height went down", { height });
    known.base = base;
    known.height = height;
  }

  removePeer(id: string): void {
    const entry = this.#peers.get(id);
    if (entry === undefined) return;
    this.#peers.delete(id);
    for (const height of entry.pending) this.#requested.delete(height);
  }

  /** The requests that are to be sent now. */
  requests(nowMs: number): BlockRequest<P>[] {
    const requests: BlockRequest<P>[] = [];
    const end = this.#next + MAX_AHEAD;
    for (let height = this.#next; height < end && height <= this.maxHeight; height++) {
      if (this.#requested.has(height) || this.#blocks.has(height)) continue;
      if (this.#waitingBytes > MAX_WAITING_BYTES && height > this.#next + 1n) break;
      const entry = this.#leastBusy(height);
      if (entry === null) continue;
      if (entry.pending.size === 0) entry.heardAtMs = nowMs;
      entry.pending.add(height);
      this.#requested.set(height, entry.peer);
      requests.push({ peer: entry.peer, height });
    }
    return requests;
  }

  /** A block has come. @throws PeerFault when this peer was not asked for it */
  addBlock(peer: P, height: bigint, encoded: Uint8Array, nowMs: number): void {
    const entry = this.#peers.get(peer.id);
    if (entry === undefined || !entry.pending.delete(height)) {
      throw new PeerFault("misbehaviour", "it sends a block that it was not asked for", { height });
    }
    entry.heardAtMs = nowMs;
    this.#requested.delete(height);
    this.#blocks.set(height, { peer, encoded });
    this.#waitingBytes += encoded.length;
  }

  /** A peer does not have a block that it said it had: it is asked no more. */
  noBlock(peer: P, height: bigint): void {
    if (this.#peers.get(peer.id)?.pending.has(height)) this.removePeer(peer.id);
  }

  /** The next block and the one whose commit is for it; null until both are there. */
  pair(): readonly [next: ReceivedBlock<P>, after: ReceivedBlock<P>] | null {
    const next = this.#blocks.get(this.#next);
    const after = this.#blocks.get(this.#next + 1n);
    return next === undefined || after === undefined ? null : [next, after];
  }

  /** The next block has been taken. */
  advance(): void {
    this.#drop(this.#next);
    this.#next++;
  }

  /** The next block or its commit is wrong: both are fetched again. @returns who sent them */
  reject(): P[] {
    const pair = this.pair();
    this.#drop(this.#next);
    this.#drop(this.#next + 1n);
    return pair === null ? [] : [...new Set(pair.map(({ peer }) => peer))];
  }

  /** Peers that owe blocks and have been silent for too long. */
  silent(nowMs: number): P[] {
    return [...this.#peers.values()]
      .filter(({ pending, heardAtMs }) => pending.size > 0 && nowMs - heardAtMs > PEER_TIMEOUT_MS)
      .map(({ peer }) => peer);
  }

  #leastBusy(height: bigint): PeerEntry<P> | null {
    let chosen: PeerEntry<P> | null = null;
    for (const entry of this.#peers.values()) {
      if (entry.base > height || entry.height < height) continue;
      if (entry.pending.size < (chosen?.pending.size ?? MAX_PENDING_PER_PEER)) chosen = entry;
    }
    return chosen;
  }

  #drop(height: bigint): void {
    this.#waitingBytes -= this.#blocks.get(height)?.encoded.length ?? 0;
    this.#blocks.delete(height);
  }
}
