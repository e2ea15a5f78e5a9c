import type { PeerClock } from "../clock.ts";
import type { PeerFault, PeerFaultKind } from "../errors.ts";

/** How somebody has behaved. */
export interface Standing {
  /** From 0, nothing held against it, down to -100. */
  readonly score: number;
  /** Unix milliseconds; 0 when there is no ban. */
  readonly bannedUntilMs: number;
  /** What it did last. */
  readonly reason: string;
}

interface Entry {
  score: number;
  scoredAtMs: number;
  bannedUntilMs: number;
  reason: string;
}

/** Names that are remembered; those with the least against them are forgotten first. */
const MAX_ENTRIES = 2000;
const LOWEST_SCORE = -100;
/** Score at which somebody is banned. */
const BAN_SCORE = -90;
/** Points that are forgiven in a minute. */
const FORGIVEN_PER_MINUTE = 2;
/** How long somebody stays away whose faults, none of which has a ban of its own, are too many. */
export const SCORE_BAN_MS = 3600_000;

/** What a fault takes from the score. Kinds that are missing say nothing against the peer. */
const COST: Partial<Record<PeerFaultKind, number>> = {
  handshake: 10,
  timeout: 10,
  malformed: 40,
  flood: 40,
  misbehaviour: 25,
  unresponsive: 10,
  overload: 20,
};

/**
 * Remembers faults by name (a node id, an IP), and bans: for as long as the fault says, or because the faults, which
 * are forgiven slowly, became too many.
 */
export class Standings<Name extends string> {
  readonly #clock: PeerClock;
  readonly #entries = new Map<Name, Entry>();

  constructor(clock: PeerClock) {
    this.#clock = clock;
  }

  of(name: Name): Standing {
    const entry = this.#entries.get(name);
    if (entry === undefined) return { score: 0, bannedUntilMs: 0, reason: "" };
    return { score: this.#score(entry), bannedUntilMs: this.#bannedUntil(entry), reason: entry.reason };
  }

  isBanned(name: Name): boolean {
    return this.of(name).bannedUntilMs > 0;
  }

  /** Everybody who is banned now. */
  banned(): { readonly name: Name; readonly standing: Standing }[] {
    const all = [...this.#entries.keys()].map((name) => ({ name, standing: this.of(name) }));
    return all.filter(({ standing }) => standing.bannedUntilMs > 0);
  }

  /** Holds a fault against somebody. @returns whether it is banned for it */
  record(name: Name, fault: PeerFault): boolean {
    const cost = COST[fault.kind] ?? 0;
    if (cost === 0 && fault.banMs === 0) return false;
    const now = this.#clock.now();
    const entry = this.#entries.get(name) ?? { score: 0, scoredAtMs: now, bannedUntilMs: 0, reason: "" };
    entry.score = Math.max(LOWEST_SCORE, this.#score(entry) - cost);
    entry.scoredAtMs = now;
    entry.reason = fault.message;
    if (fault.banMs > 0) entry.bannedUntilMs = Math.max(entry.bannedUntilMs, now + fault.banMs);
    else if (entry.score <= BAN_SCORE)
      entry.bannedUntilMs = Math.max(entry.bannedUntilMs, now + SCORE_BAN_MS);
    this.#entries.set(name, entry);
    if (this.#entries.size > MAX_ENTRIES) this.#forget();
    return this.#bannedUntil(entry) > 0;
  }

  #score({ score, scoredAtMs }: Entry): number {
    const minutes = Math.max(0, this.#clock.now() - scoredAtMs) / 60_000;
    // Zero without its sign.
    return Math.min(0, score + minutes * FORGIVEN_PER_MINUTE) || 0;
  }

  #bannedUntil({ bannedUntilMs }: Entry): number {
    return bannedUntilMs > this.#clock.now() ? bannedUntilMs : 0;
  }

  #forget(): void {
    const weight = (entry: Entry) => this.#bannedUntil(entry) - this.#score(entry);
    const sorted = [...this.#entries].sort(([, a], [, b]) => weight(a) - weight(b));
    for (const [name] of sorted.slice(0, Math.ceil(MAX_ENTRIES / 10))) this.#entries.delete(name);
  }
}
