import type { NodeDb } from "./node-db.ts";

/**
 * Versions that are dropped together. More take longer than a step should; fewer leave nodes that lie further apart.
 * Measured, time for all: 32 to 128 the same, 8 twice as much, one by one five times as much.
 */
const VERSIONS_A_RUN = 64;
/** Nodes whose deletion counts as one thing. */
const NODES_A_THING = 50;

/**
 * Drops finalized versions below `below`, from the earliest on, and deletes what they leave; the last finalized version
 * always stays. A step either drops some versions or deletes nodes.
 * @param limit how much a step does; the cost of a step grows with it
 * @returns whether more is left to do
 */
export function pruneVersions(db: NodeDb, below: bigint, limit: number): boolean {
  const latest = db.latestVersion();
  if (latest === null) return false;
  if (db.collectGarbage(limit * NODES_A_THING)) return true;
  const end = below < latest ? below : latest;
  const earliest = db.earliestVersion();
  if (earliest >= end) return false;
  const left = end - earliest;
  db.prune(earliest, left < BigInt(VERSIONS_A_RUN) ? Number(left) : VERSIONS_A_RUN);
  return true;
}
