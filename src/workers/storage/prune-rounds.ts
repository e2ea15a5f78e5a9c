import type { RoundStore } from "./round-store.ts";

/**
 * Drops the rounds of a ParaTime that need not be kept: all but the newest `numKept`. At most `limit` of them, so that
 * a newly set limit works without a stop.
 *
 * Never dropped are the last round that is stored, and from the last round with results on: some ParaTimes ask for
 * what happened since then (oasis-core v26.1 go/worker/compute/executor/committee/prune.go).
 * @param lastNormalRound the last round with results; null where nothing depends on it
 * @returns whether more are left to drop
 */
export function pruneRounds(
  store: RoundStore,
  numKept: bigint,
  lastNormalRound: bigint | null,
  limit: number,
): boolean {
  const last = store.lastBlock?.block.header.round;
  if (last === undefined || last < numKept) return false;
  const below = last - numKept + 1n;
  return store.prune(lastNormalRound !== null && lastNormalRound < below ? lastNormalRound : below, limit);
}
