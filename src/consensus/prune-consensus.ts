import { firstKept, type Hold } from "../storage/background/hold.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import { pruneVersions } from "../storage/node-db/prune-versions.ts";

/** Everything that a node keeps of old heights. */
export interface ConsensusHistory {
  /** The consensus state's versions. */
  readonly state: NodeDb;
  readonly blocks: {
    /** Forgets blocks below a height, at most `limit`; whether more are left. */
    prune(below: bigint, limit: number): boolean;
  };
  /** Runs `body` with all its writes made or none. */
  transaction<T>(body: () => T): T;
}

/**
 * Drops versions of the state and blocks that need not be kept: all but the newest `numKept` before the last one, and
 * none that is held. A step at a time, so that a newly set limit works without a stop.
 *
 * The state goes first and the blocks follow it: a block that is there can be executed again
 * (facts/consensus-a.md 1.11).
 * @param limit how much a step does: so many blocks, and nodes of the state in proportion
 * @returns whether more is left to do
 */
export function pruneConsensus(
  numKept: bigint,
  holds: readonly Hold[],
  history: ConsensusHistory,
  limit: number,
): boolean {
  const { state, blocks } = history;
  const latest = state.latestVersion();
  if (latest === null) return false;
  const below = firstKept(latest - numKept, holds);
  return history.transaction(() => {
    const moreVersions = pruneVersions(state, below, limit);
    return blocks.prune(state.earliestVersion(), limit) || moreVersions;
  });
}
