import { equal, toHex } from "../../codec/bytes.ts";
import { commitmentErrors } from "../../types/errors.ts";
import {
  type ExecutorCommitment,
  NO_RANK,
  type Pool,
  type SchedulerCommitment,
} from "../../types/roothash-commitment.ts";
import { type Committee, ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../types/scheduler.ts";
import { commitmentVote, indicatesFailure } from "./commitment.ts";
import { isBackupWorker, isMember, schedulerRank } from "./committee.ts";

/** A scheduler's own commitment together with the votes on it. */
export type DecidedCommitment = SchedulerCommitment & { commitment: ExecutorCommitment };

/** What counting the votes of a round leads to. */
export type PoolOutcome =
  | { readonly kind: "finalized"; readonly decided: DecidedCommitment }
  /** Workers disagree or too many failed; the backup workers decide from now on. */
  | { readonly kind: "discrepancy" }
  | { readonly kind: "waiting" }
  /** The round cannot be decided any more. */
  | {
      readonly kind: "failed";
      readonly reason: "no-scheduler-commitment" | "insufficient-votes" | "bad-scheduler-commitment";
    };

/** The pool of a round before the first commitment. */
export function newPool(): Pool {
  return { highest_rank: NO_RANK, scheduler_commitments: null, discrepancy: false };
}

/**
 * Adds a commitment that passed {@link verifyCommitment} to the pool (changed in place), in the order of checks of
 * consensus-b.md 4.4 step g.
 * @throws CodedError of roothash/commitment: 5, 6 or 11
 */
export function addCommitment(pool: Pool, committee: Committee, commitment: ExecutorCommitment): void {
  const { node_id: nodeId, header } = commitment;
  if (!pool.discrepancy && !isMember(committee, nodeId)) {
    throw commitmentErrors.notInCommittee();
  }
  // Workers could improve their liveness statistics if their votes still counted.
  if (pool.discrepancy && !isBackupWorker(committee, nodeId)) {
    throw commitmentErrors.badExecutorCommitment();
  }
  const rank = schedulerRank(committee, header.header.round, header.scheduler_id);
  if (rank === null || rank > pool.highest_rank || (pool.discrepancy && rank !== pool.highest_rank)) {
    throw commitmentErrors.badExecutorCommitment();
  }
  const own = equal(nodeId, header.scheduler_id);
  if (rank < pool.highest_rank && own) {
    pool.highest_rank = rank;
    dropRanks(pool, (other) => other > rank);
  }
  pool.scheduler_commitments ??= new Map();
  let entry = pool.scheduler_commitments.get(rank) ?? null;
  if (entry === null) {
    entry = { commitment: null, votes: null };
    pool.scheduler_commitments.set(rank, entry);
  }
  const voter = toHex(nodeId);
  if (entry.votes?.has(voter)) {
    throw commitmentErrors.alreadyCommitted();
  }
  entry.votes ??= new Map();
  entry.votes.set(voter, indicatesFailure(commitment) ? null : commitmentVote(commitment));
  if (own) {
    entry.commitment = commitment;
  }
}

/**
 * Discrepancy detection or resolution (consensus-b.md 4.5). On "discrepancy" the pool is switched to resolution, in
 * place: other ranks are dropped and only backup workers count.
 */
export function processCommitments(
  pool: Pool,
  committee: Committee,
  allowedStragglers: number,
  timeout: boolean,
): PoolOutcome {
  const decided = decidedCommitment(pool);
  if (decided === null) {
    return timeout ? { kind: "failed", reason: "no-scheduler-commitment" } : { kind: "waiting" };
  }
  const outcome = pool.discrepancy
    ? resolve(decided, committee, timeout)
    : detect(decided, committee, allowedStragglers, timeout, pool.highest_rank);
  if (outcome.kind === "discrepancy") {
    pool.discrepancy = true;
    dropRanks(pool, (other) => other !== pool.highest_rank);
  }
  return outcome;
}

/** The entry of the highest rank. The rank only rises with the scheduler's own commitment, so it is there. */
function decidedCommitment(pool: Pool): DecidedCommitment | null {
  const entry = pool.scheduler_commitments?.get(pool.highest_rank) ?? null;
  return entry === null || entry.commitment === null ? null : { ...entry, commitment: entry.commitment };
}

function detect(
  decided: DecidedCommitment,
  committee: Committee,
  allowedStragglers: number,
  timeout: boolean,
  rank: bigint,
): PoolOutcome {
  const { total, failures, tally } = countVotes(decided, committee, ROLE_WORKER);
  if (tally.size > 1 || failures > allowedStragglers) {
    // A backup scheduler must wait for the timeout, or it could get ahead of the order with a few friendly votes.
    return rank === 0n || timeout ? { kind: "discrepancy" } : { kind: "waiting" };
  }
  const votes = [...tally.values()][0] ?? 0;
  if (total - allowedStragglers - votes > 0) {
    return timeout ? { kind: "discrepancy" } : { kind: "waiting" };
  }
  return { kind: "finalized", decided };
}

function resolve(decided: DecidedCommitment, committee: Committee, timeout: boolean): PoolOutcome {
  const { total, commits, tally } = countVotes(decided, committee, ROLE_BACKUP_WORKER);
  const required = Math.floor(total / 2) + 1;
  let best = 0;
  let winner = "";
  for (const [hash, votes] of tally) {
    if (votes > best) {
      best = votes;
      winner = hash;
    }
  }
  if (best + (total - commits) < required || (best < required && timeout)) {
    return { kind: "failed", reason: "insufficient-votes" };
  }
  if (best < required) {
    return { kind: "waiting" };
  }
  if (winner !== toHex(commitmentVote(decided.commitment))) {
    return { kind: "failed", reason: "bad-scheduler-commitment" };
  }
  return { kind: "finalized", decided };
}

/** Votes of the members in one role: how many there are, how many voted, failed, and the votes per hash. */
function countVotes(decided: DecidedCommitment, committee: Committee, role: number) {
  const tally = new Map<string, number>();
  let total = 0;
  let commits = 0;
  let failures = 0;
  for (const member of committee.members ?? []) {
    if (member.role !== role) {
      continue;
    }
    total++;
    const vote = decided.votes?.get(toHex(member.public_key));
    if (vote === undefined) {
      continue;
    }
    commits++;
    if (vote === null) {
      failures++;
    } else {
      const hash = toHex(vote);
      tally.set(hash, (tally.get(hash) ?? 0) + 1);
    }
  }
  return { total, commits, failures, tally };
}

function dropRanks(pool: Pool, drop: (rank: bigint) => boolean): void {
  for (const rank of pool.scheduler_commitments?.keys() ?? []) {
    if (drop(rank)) {
      pool.scheduler_commitments!.delete(rank);
    }
  }
}
