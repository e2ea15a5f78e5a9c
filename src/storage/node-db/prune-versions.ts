import type { NodeDb } from "./node-db.ts";

/**
 * Drops finalized versions below `below`, from the earliest on and at most `limit` of them, and what is left of trees that
 * were dropped before; the last finalized version always stays.
 * @returns whether more are left to drop
 */
export function pruneVersions(db: NodeDb, below: bigint, limit: number): boolean {
  const latest = db.latestVersion();
  if (latest === null) return false;
  const end = below < latest ? below : latest;
  let version = db.earliestVersion();
  for (let pruned = 0; version < end && pruned < limit; pruned++) db.prune(version++);
  const isGarbageLeft = db.collectGarbage(limit * NODES_A_VERSION);
  return version < end || isGarbageLeft;
}

/** Nodes whose deletion costs as much as dropping a version, about. */
const NODES_A_VERSION = 50;
