/** How checkpoints are made: parameters of the network, of a ParaTime's descriptor. */
export interface CheckpointSchedule {
  /** Versions between checkpoints; 0: none are made. */
  readonly interval: bigint;
  /** Checkpoints that are kept besides the one of the initial version. */
  readonly numKept: bigint;
  /** The version that the schedule counts from. */
  readonly initialVersion: bigint;
}

/** The versions that a database has. */
export interface KeptVersions {
  readonly earliest: bigint;
  readonly latest: bigint;
}

/**
 * Which versions the schedule asks for that have no checkpoint yet, newest first: none older than the last one that
 * has, and not more than are kept. facts/formats.md 6.7.
 * @param existing versions with a complete checkpoint
 */
export function dueCheckpoints(
  { interval, numKept, initialVersion }: CheckpointSchedule,
  { earliest, latest }: KeptVersions,
  existing: readonly bigint[],
): bigint[] {
  if (interval === 0n || numKept === 0n || latest < initialVersion) return [];
  const from = [earliest, initialVersion, ...existing.map((version) => version + 1n)].reduce((a, b) =>
    a > b ? a : b,
  );
  const due: bigint[] = [];
  const newest = latest - ((latest - initialVersion) % interval);
  for (let version = newest; version >= from && BigInt(due.length) < numKept; version -= interval)
    due.push(version);
  return due;
}

/** Which of the versions with checkpoints are too old to be kept. That of the initial version stays. */
export function outdatedCheckpoints(
  { numKept, initialVersion }: CheckpointSchedule,
  existing: readonly bigint[],
): bigint[] {
  const sorted = [...new Set(existing)].sort((a, b) => (a < b ? -1 : 1));
  const counted = sorted[0] === initialVersion ? sorted.slice(1) : sorted;
  return counted.slice(0, Math.max(0, counted.length - Number(numKept)));
}
