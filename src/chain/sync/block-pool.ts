import type { ErrorData } from "../../codec/errors.ts";
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
/** How long a peer may take for one block, though it sends others. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** After how long one more peer is asked for a block that everything waits for. */
export const ASK_ANOTHER_AFTER_MS = 3000;
/** For how long somebody stays away who tells of blocks and does not have them, or sends wrong ones (cometbft.md 3.5). */
export const SYNC_BAN_MS = 60_000;

/** A request that is to be sent. */
export interface BlockRequest<P> {
  readonly peer: P;
  readonly height: bigint;
}

interface PeerEntry<P> {
  readonly peer: P;
  base: bigint;
  height: bigint;
  /** When it was asked for what it owes, by height. */
  readonly pending: Map<bigint, number>;
  /** Heights that it says it does not have, of those that it was asked for. */
  readonly lacks: Set<bigint>;
  heardAtMs: number;
}

/** Who was asked for a block that has not come. */
interface Asked<P> {
  readonly peers: Set<P>;
  lastMs: number;
}

interface ReceivedBlock<P> {
  readonly peer: P;
  readonly encoded: Uint8Array;
}

/** Which blocks to ask of whom, and the blocks that have come and wait for their turn. */
export class BlockPool<P extends SyncPeer> {
  readonly #peers = new Map<string, PeerEntry<P>>();
  readonly #requested = new Map<bigint, Asked<P>>();
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
    for (const { base, height, lacks } of this.#peers.values()) {
      if (base <= this.#next && height > max && !lacks.has(this.#next)) max = height;
    }
    return max;
  }

  /**
   * Whether nobody has blocks that could be taken: the last one lacks its commit. Somebody must have told what it has,
   * and must not have denied it since.
   */
  get isCaughtUp(): boolean {
    const isTold = [...this.#peers.values()].some(({ lacks }) => !lacks.has(this.#next));
    return isTold && this.#next >= this.maxHeight;
  }

  /** A peer tells which blocks it has. @throws PeerFault when that cannot be */
  setRange(peer: P, base: bigint, height: bigint, nowMs: number): void {
    if (base < 0n || height < 0n)
      throw new PeerFault("malformed", "its range of blocks is none", { base, height });
    if (base > height) throw unfit("its range of blocks is none", { base, height });
    const known = this.#peers.get(peer.id);
    if (known === undefined) {
      this.#peers.set(peer.id, {
        peer,
        base,
        height,
        pending: new Map(),
        lacks: new Set(),
        heardAtMs: nowMs,
      });
      return;
    }
    if (height < known.height) throw unfit("its height went down", { height });
    if (base < known.base) throw unfit("its oldest block became an older one", { base });
    known.base = base;
    known.height = height;
  }

  removePeer(id: string): void {
    const entry = this.#peers.get(id);
    if (entry === undefined) return;
    this.#peers.delete(id);
    for (const height of entry.pending.keys()) this.#owesNoMore(entry.peer, height);
  }

  /** The requests that are to be sent now. */
  requests(nowMs: number): BlockRequest<P>[] {
    const requests: BlockRequest<P>[] = [];
    const end = this.#next + MAX_AHEAD;
    for (let height = this.#next; height < end && height <= this.maxHeight; height++) {
      if (this.#blocks.has(height) || !this.#isToBeAsked(height, nowMs)) continue;
      if (this.#waitingBytes > MAX_WAITING_BYTES && height > this.#next + 1n) break;
      const entry = this.#leastBusy(height);
      if (entry === null) continue;
      if (entry.pending.size === 0) entry.heardAtMs = nowMs;
      entry.pending.set(height, nowMs);
      const asked = this.#requested.get(height) ?? { peers: new Set(), lastMs: nowMs };
      asked.peers.add(entry.peer);
      asked.lastMs = nowMs;
      this.#requested.set(height, asked);
      requests.push({ peer: entry.peer, height });
    }
    return requests;
  }

  /** A block has come. @throws PeerFault when this peer was not asked for it */
  addBlock(peer: P, height: bigint, encoded: Uint8Array, nowMs: number): void {
    const entry = this.#peers.get(peer.id);
    if (entry === undefined || !entry.pending.delete(height)) {
      throw unfit("it sends a block that it was not asked for", { height });
    }
    entry.heardAtMs = nowMs;
    this.#owesNoMore(peer, height);
    // Somebody else was faster.
    if (height < this.#next || this.#blocks.has(height)) return;
    this.#blocks.set(height, { peer, encoded });
    this.#waitingBytes += encoded.length;
  }

  /** A peer does not have a block that it said it had: others are asked for it, and this one does not count for it. */
  noBlock(peer: P, height: bigint): void {
    const entry = this.#peers.get(peer.id);
    if (entry === undefined || !entry.pending.delete(height)) return;
    this.#owesNoMore(peer, height);
    for (const old of entry.lacks) if (old < this.#next) entry.lacks.delete(old);
    entry.lacks.add(height);
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

  /** Peers that owe blocks and have been silent for too long, or send them so slowly that others wait for them. */
  late(nowMs: number): P[] {
    return [...this.#peers.values()]
      .filter(({ pending, heardAtMs }) => {
        const [oldestMs] = pending.values();
        if (oldestMs === undefined) return false;
        return nowMs - heardAtMs > PEER_TIMEOUT_MS || nowMs - oldestMs > REQUEST_TIMEOUT_MS;
      })
      .map(({ peer }) => peer);
  }

  /** Whether a block that has not come is to be asked for, for the first time or of one more peer. */
  #isToBeAsked(height: bigint, nowMs: number): boolean {
    const asked = this.#requested.get(height);
    if (asked === undefined) return true;
    return height <= this.#next + 1n && nowMs - asked.lastMs > ASK_ANOTHER_AFTER_MS;
  }

  #leastBusy(height: bigint): PeerEntry<P> | null {
    let chosen: PeerEntry<P> | null = null;
    for (const entry of this.#peers.values()) {
      if (entry.base > height || entry.height < height) continue;
      if (entry.pending.has(height) || entry.lacks.has(height)) continue;
      if (entry.pending.size < (chosen?.pending.size ?? MAX_PENDING_PER_PEER)) chosen = entry;
    }
    return chosen;
  }

  #owesNoMore(peer: P, height: bigint): void {
    const asked = this.#requested.get(height);
    if (asked === undefined) return;
    asked.peers.delete(peer);
    if (asked.peers.size === 0) this.#requested.delete(height);
  }

  #drop(height: bigint): void {
    this.#waitingBytes -= this.#blocks.get(height)?.encoded.length ?? 0;
    this.#blocks.delete(height);
  }
}

function unfit(message: string, data: ErrorData): PeerFault {
  return new PeerFault("misbehaviour", message, data, { banMs: SYNC_BAN_MS });
}
