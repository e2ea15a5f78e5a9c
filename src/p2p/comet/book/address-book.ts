import { addressScope } from "../address-scope.ts";
import type { PeerClock } from "../clock.ts";
import type { NetAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import { below, draw, type Random } from "../random.ts";
import { AddressBuckets } from "./address-buckets.ts";
import { type BucketIndex, bucketIndex } from "./bucket-index.ts";
import type { KnownAddress } from "./known-address.ts";

export interface AddressBookOptions {
  readonly ownId: NodeId;
  /** Nodes whose addresses are told to nobody. */
  readonly privateIds: ReadonlySet<NodeId>;
  /** Whether only addresses that can be routed are taken. */
  readonly isStrict: boolean;
  /** Secret that places addresses: 24 hex digits. */
  readonly key: string;
}

export interface AddressBookDeps {
  readonly clock: PeerClock;
  readonly random: Random;
}

/** What came of adding an address. */
export type AddOutcome = "added" | "known" | "banned" | "private" | "own" | "unroutable";

/** Below this size the book looks for more. */
const WANTED_SIZE = 1000;
/** Least, share and most of what a peer is told (cometbft.md 3.1). */
const MIN_SELECTION = 32;
const SELECTION_SHARE = 0.23;
const MAX_SELECTION = 250;
/** Buckets that one new address may be in. */
const MAX_NEW_BUCKETS_PER_ADDRESS = 4;
/** Addresses that are remembered as banned; those banned for the shortest time are forgotten first. */
const MAX_BANNED = 1000;

/**
 * Where peers are, as far as we were told (`C:p2p/pex/addrbook.go`): new addresses in buckets by source, and old ones,
 * whose peers proved useful. Bans are kept apart and not written to disk.
 */
export class AddressBook {
  readonly #options: AddressBookOptions;
  readonly #clock: PeerClock;
  readonly #random: Random;
  readonly #index: BucketIndex;
  readonly #buckets: AddressBuckets;
  readonly #banned = new Map<NodeId, KnownAddress>();

  constructor(options: AddressBookOptions, { clock, random }: AddressBookDeps) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#index = bucketIndex(options.key, options.isStrict);
    this.#buckets = new AddressBuckets(clock);
  }

  get key(): string {
    return this.#options.key;
  }

  get size(): number {
    return this.#buckets.size;
  }

  get wantsMore(): boolean {
    return this.size < WANTED_SIZE;
  }

  get(id: NodeId): Readonly<KnownAddress> | null {
    return this.#buckets.get(id);
  }

  isBanned(id: NodeId): boolean {
    return this.#banned.has(id);
  }

  /** All addresses that are not banned. */
  entries(): readonly Readonly<KnownAddress>[] {
    return this.#buckets.all();
  }

  /** Takes an address that somebody told us. One that is known already gets more likely to be picked, up to a point. */
  add(address: NetAddress, source: NetAddress): AddOutcome {
    const { ownId, privateIds, isStrict } = this.#options;
    if (address.id === ownId) return "own";
    if (this.#banned.has(address.id)) return "banned";
    if (privateIds.has(address.id) || privateIds.has(source.id)) return "private";
    if (isStrict && addressScope(address.ip) !== "routable") return "unroutable";
    const bucket = this.#index.ofNew(address, source);
    const known = this.#buckets.get(address.id);
    if (known === null) {
      this.#buckets.addNew(newlyKnown(address, source, this.#clock.now()), bucket);
      return "added";
    }
    // A node's address changes only by forgetting the old one: nobody may move it by telling us another.
    if (known.kind === "new" && known.buckets.length < MAX_NEW_BUCKETS_PER_ADDRESS) {
      if (below(this.#random, 2 * known.buckets.length) === 0) this.#buckets.addNew(known, bucket);
    }
    return "known";
  }

  /** Takes an address as it was written to disk. Its buckets are looked over. */
  restore(known: KnownAddress): void {
    const { address, source } = known;
    if (address.id === this.#options.ownId || this.#options.privateIds.has(address.id)) return;
    if (this.#buckets.get(address.id) !== null) return;
    if (known.kind === "old") this.#buckets.addOld(known, this.#index.ofOld(address), this.#demote);
    else this.#buckets.addNew(known, this.#index.ofNew(address, source));
  }

  remove(id: NodeId): void {
    const known = this.#buckets.get(id);
    if (known !== null) this.#buckets.remove(known);
  }

  /** An attempt to connect failed. */
  markAttempt(id: NodeId): void {
    const known = this.#buckets.get(id);
    if (known === null) return;
    known.lastAttemptMs = this.#clock.now();
    known.attempts++;
  }

  /** The peer proved useful. */
  markGood(id: NodeId): void {
    const known = this.#buckets.get(id);
    if (known === null) return;
    const now = this.#clock.now();
    Object.assign(known, { lastAttemptMs: now, lastSuccessMs: now, attempts: 0 });
    if (known.kind === "old") return;
    this.#buckets.remove(known);
    known.kind = "old";
    this.#buckets.addOld(known, this.#index.ofOld(known.address), this.#demote);
  }

  /** Takes an address out for a time. Unknown ones are not remembered. */
  ban(id: NodeId, durationMs: number): void {
    const known = this.#buckets.get(id);
    if (known === null) return;
    this.#buckets.remove(known);
    known.bannedUntilMs = Math.max(known.bannedUntilMs, this.#clock.now() + durationMs);
    this.#banned.set(id, known);
    if (this.#banned.size > MAX_BANNED) this.#banned.delete(this.#firstToReturn());
  }

  /** Puts the addresses back whose ban is over. */
  reinstate(): void {
    const now = this.#clock.now();
    for (const [id, known] of this.#banned) {
      if (known.bannedUntilMs > now) continue;
      this.#banned.delete(id);
      known.kind = "new";
      this.#buckets.addNew(known, this.#index.ofNew(known.address, known.source));
    }
  }

  /**
   * An address to connect to, from a random bucket; null when the book is empty.
   * @param newBias how much new addresses are preferred, 0 to 100
   */
  pick(newBias: number): NetAddress | null {
    const { newCount, oldCount } = this.#buckets;
    const weightOfOld = Math.sqrt(oldCount) * (100 - newBias);
    const weightOfNew = Math.sqrt(newCount) * newBias;
    const kind = (weightOfOld + weightOfNew) * this.#random.fraction() < weightOfOld ? "old" : "new";
    const buckets = this.#buckets.nonEmpty(kind);
    if (buckets.length === 0) return null;
    const bucket = [...buckets[below(this.#random, buckets.length)]!];
    return bucket[below(this.#random, bucket.length)]!.address;
  }

  /** Random addresses to tell a peer. */
  selection(): NetAddress[] {
    const all = this.#buckets.all().map(({ address }) => address);
    return draw(this.#random, all, this.#selectionSize);
  }

  /** Random addresses to tell a peer, the given percentage of them new ones, as far as there are old ones. */
  selectionWithBias(newBias: number): NetAddress[] {
    const total = this.#selectionSize;
    const { oldCount } = this.#buckets;
    const wantedNew = Math.max(Math.round((newBias / 100) * total), total - oldCount);
    const of = (kind: KnownAddress["kind"], count: number) => {
      const all = this.#buckets.all().filter((known) => known.kind === kind);
      return draw(this.#random, all, count).map(({ address }) => address);
    };
    const chosen = of("new", wantedNew);
    return [...chosen, ...of("old", total - chosen.length)];
  }

  get #selectionSize(): number {
    const { size } = this;
    const share = Math.max(Math.min(MIN_SELECTION, size), Math.floor(size * SELECTION_SHARE));
    return Math.min(MAX_SELECTION, share);
  }

  /** An old address that lost its place becomes a new one again. */
  readonly #demote = (known: KnownAddress): void => {
    known.kind = "new";
    this.#buckets.addNew(known, this.#index.ofNew(known.address, known.source));
  };

  #firstToReturn(): NodeId {
    const [first] = [...this.#banned.values()].sort((a, b) => a.bannedUntilMs - b.bannedUntilMs);
    return first!.address.id;
  }
}

function newlyKnown(address: NetAddress, source: NetAddress, nowMs: number): KnownAddress {
  const never = { attempts: 0, lastSuccessMs: 0, bannedUntilMs: 0 };
  return { address, source, buckets: [], kind: "new", lastAttemptMs: nowMs, ...never };
}
