import { firstKept, type Hold } from "../../storage/background/hold.ts";
import type { RoundStore } from "./round-store.ts";

/**
 * Drops the rounds of a ParaTime that need not be kept: all but the newest `numKept`, and none that is held. A step
 * at a time, so that a newly set limit works without a stop. The last round that is stored always stays.
 * @param limit how much a step does: so many blocks, and nodes of the states in proportion
 * @returns whether more is left to do
 */
export function pruneRounds(
  store: RoundStore,
  numKept: bigint,
  holds: readonly Hold[],
  limit: number,
): boolean {
  const last = store.lastBlock?.block.header.round;
  if (last === undefined || last < numKept) return false;
  return store.prune(firstKept(last - numKept + 1n, holds), limit);
}
