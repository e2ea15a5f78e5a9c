import type { NetAddress } from "../net-address.ts";

/** An address and what is known of it. Times are Unix milliseconds, 0 for never. */
export interface KnownAddress {
  readonly address: NetAddress;
  /** Who told us. */
  readonly source: NetAddress;
  /** Buckets that it is in: up to four new ones, or one old one. */
  buckets: number[];
  /** `old` once a connection was useful. */
  kind: "new" | "old";
  /** Attempts to connect since the last success. */
  attempts: number;
  lastAttemptMs: number;
  lastSuccessMs: number;
  /** Until when it must not be dialed. */
  bannedUntilMs: number;
}

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
/** Failures after which an address that never worked is given up. */
const MAX_ATTEMPTS_WITHOUT_SUCCESS = 3;
/** Failures after which an address that worked long ago is given up. */
const MAX_ATTEMPTS_SINCE_SUCCESS = 10;

/** Whether a new address is not worth its place: not tried in the last minute, and unseen or failing for too long. */
export function isWorthless(known: KnownAddress, nowMs: number): boolean {
  if (known.kind === "old" || known.lastAttemptMs > nowMs - MINUTE_MS) return false;
  if (known.lastAttemptMs < nowMs - WEEK_MS) return true;
  if (known.lastSuccessMs === 0) return known.attempts >= MAX_ATTEMPTS_WITHOUT_SUCCESS;
  return known.lastSuccessMs < nowMs - WEEK_MS && known.attempts >= MAX_ATTEMPTS_SINCE_SUCCESS;
}
