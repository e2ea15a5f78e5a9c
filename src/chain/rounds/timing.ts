/** A timeout that grows with the round, so that rounds get long enough for any delay of the network. */
export interface RoundTimeout {
  baseMs: number;
  /** Added for each round after the first. */
  deltaMs: number;
}

/**
 * When blocks come.
 *
 * - `network`: the rules of the genesis document. The next height starts `timeoutCommitMs` after a commit (at once
 *   when everybody has voted, with `skipTimeoutCommit`); a block without transactions comes at once, or after
 *   `emptyBlockIntervalMs` when that is not 0 and the last block left the application's state as it was.
 * - `on-demand`: a block as soon as there are transactions, otherwise one every `maxIntervalMs`.
 */
export type BlockPacing =
  | { kind: "network"; timeoutCommitMs: number; skipTimeoutCommit: boolean; emptyBlockIntervalMs: number }
  | { kind: "on-demand"; maxIntervalMs: number };

export interface RoundTiming {
  propose: RoundTimeout;
  prevote: RoundTimeout;
  precommit: RoundTimeout;
  pacing: BlockPacing;
}

/** Timeouts that the official node does not let anybody configure (cometbft.md 1.4). */
export const ROUND_TIMEOUTS = {
  propose: { baseMs: 3000, deltaMs: 500 },
  prevote: { baseMs: 1000, deltaMs: 500 },
  precommit: { baseMs: 1000, deltaMs: 500 },
} as const satisfies Omit<RoundTiming, "pacing">;

export function timeoutMs({ baseMs, deltaMs }: RoundTimeout, round: number): number {
  return baseMs + deltaMs * round;
}

/** How long after a commit the next height starts. */
export function commitTimeoutMs(pacing: BlockPacing): number {
  return pacing.kind === "network" ? pacing.timeoutCommitMs : 0;
}

/** Whether the next height starts as soon as all precommits are there. */
export function skipsCommitTimeout(pacing: BlockPacing): boolean {
  return pacing.kind === "network" && pacing.skipTimeoutCommit;
}

/**
 * How long the proposer of a first round waits for transactions; 0 = not at all.
 * @param stateChanged whether the last block changed the application's state, which only a new block can prove
 * @param sinceCommitMs time since the last commit
 */
export function transactionWaitMs(pacing: BlockPacing, stateChanged: boolean, sinceCommitMs: number): number {
  if (pacing.kind === "on-demand") return Math.max(0, pacing.maxIntervalMs - sinceCommitMs);
  return stateChanged ? 0 : pacing.emptyBlockIntervalMs;
}
