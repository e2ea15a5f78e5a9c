import type { NodeDb } from "./node-db.ts";

/**
 * Drops finalized versions below `below`, from the earliest on and at most `limit` of them; the last finalized version
 * always stays.
 * @returns whether more are left to drop
 */
export function pruneVersions(db: NodeDb, below: bigint, limit: number): boolean {
  const latest = db.latestVersion();
  if (latest === null) return false;
  const end = below < latest ? below : latest;
  let version = db.earliestVersion();
  for (let pruned = 0; version < end && pruned < limit; pruned++) db.prune(version++);
  return version < end;
}
