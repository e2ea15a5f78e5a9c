import type { PeerClock } from "../clock.ts";
import type { NodeId } from "../node-id.ts";
import { NEW_BUCKETS, OLD_BUCKETS } from "./bucket-index.ts";
import { isWorthless, type KnownAddress } from "./known-address.ts";

/** Addresses in one bucket. With the number of buckets this bounds the book at 20,480 addresses. */
export const BUCKET_SIZE = 64;

type Bucket = Set<KnownAddress>;

/** The buckets of an address book, and its addresses by id. */
export class AddressBuckets {
  readonly #clock: PeerClock;
  readonly #new: readonly Bucket[] = Array.from({ length: NEW_BUCKETS }, () => new Set());
  readonly #old: readonly Bucket[] = Array.from({ length: OLD_BUCKETS }, () => new Set());
  readonly #byId = new Map<NodeId, KnownAddress>();
  #oldCount = 0;

  constructor(clock: PeerClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  get oldCount(): number {
    return this.#oldCount;
  }

  get newCount(): number {
    return this.size - this.#oldCount;
  }

  get(id: NodeId): KnownAddress | null {
    return this.#byId.get(id) ?? null;
  }

  all(): KnownAddress[] {
    return [...this.#byId.values()];
  }

  nonEmpty(kind: KnownAddress["kind"]): Bucket[] {
    return (kind === "new" ? this.#new : this.#old).filter((bucket) => bucket.size > 0);
  }

  /** Puts a new address into one more bucket; when it is full, the least useful address there leaves. */
  addNew(known: KnownAddress, index: number): void {
    const bucket = this.#new[index]!;
    if (bucket.has(known)) return;
    if (bucket.size >= BUCKET_SIZE) this.#leave(leastUseful(bucket, this.#clock.now()), bucket, index);
    bucket.add(known);
    known.buckets.push(index);
    this.#byId.set(known.address.id, known);
  }

  /** Puts an address into its old bucket; when it is full, the one tried longest ago is handed to `demote`. */
  addOld(known: KnownAddress, index: number, demote: (known: KnownAddress) => void): void {
    const bucket = this.#old[index]!;
    const leaving = bucket.size >= BUCKET_SIZE ? longestAgo(bucket) : null;
    if (leaving !== null) this.remove(leaving);
    bucket.add(known);
    known.buckets = [index];
    this.#byId.set(known.address.id, known);
    this.#oldCount++;
    if (leaving !== null) demote(leaving);
  }

  /** Takes an address out of all its buckets. */
  remove(known: KnownAddress): void {
    const buckets = known.kind === "new" ? this.#new : this.#old;
    for (const index of known.buckets) buckets[index]!.delete(known);
    if (known.kind === "old") this.#oldCount--;
    known.buckets = [];
    this.#byId.delete(known.address.id);
  }

  #leave(known: KnownAddress, bucket: Bucket, index: number): void {
    bucket.delete(known);
    known.buckets = known.buckets.filter((other) => other !== index);
    if (known.buckets.length === 0) this.#byId.delete(known.address.id);
  }
}

function leastUseful(bucket: Bucket, nowMs: number): KnownAddress {
  for (const known of bucket) if (isWorthless(known, nowMs)) return known;
  return longestAgo(bucket);
}

function longestAgo(bucket: Bucket): KnownAddress {
  let [oldest] = bucket;
  for (const known of bucket) if (known.lastAttemptMs < oldest!.lastAttemptMs) oldest = known;
  return oldest!;
}
