import { equal, toHex } from "../../codec/bytes.ts";
import type { Namespace, PublicKey } from "../../codec/common-types.ts";
import type { LivenessStatistics } from "../../types/roothash.ts";
import { HEADER_ROUND_FAILED } from "../../types/roothash-block.ts";
import type { Committee } from "../../types/scheduler.ts";
import { SLASH_RUNTIME_INCORRECT_RESULTS } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { getNode } from "../registry/state.ts";
import { type ActiveRuntimeState, requireActive } from "./active-state.ts";
import { commitmentVote } from "./commitment.ts";
import { schedulerIndex } from "./committee.ts";
import { executionDiscrepancy, ofRuntime } from "./events.ts";
import { executeMessages } from "./execute-messages.ts";
import { finalizeEmptyBlock, finalizeNormalBlock } from "./finalize-block.ts";
import { removeTakenMessages, takenMessages } from "./incoming-messages.ts";
import { type DecidedCommitment, type PoolOutcome, processCommitments } from "./pool.ts";
import { backupTimeout, rearmTimeout } from "./round-timeout.ts";
import { slashIncorrectResults } from "./slashing.ts";
import { setLastRoundResults, setRuntimeState } from "./state.ts";

/**
 * Decides the open round of a ParaTime if the commitments so far, or the lack of them at the timeout, allow it
 * (consensus-b.md 4.5). Everything happens or nothing does.
 * @throws QanatError stops the block
 */
export function tryFinalizeRound(ctx: Context, id: Namespace, timeout: boolean): void {
  ctx.transaction((child) => {
    const runtimeState = requireActive(child.state, id);
    decide(child, runtimeState, timeout);
    setRuntimeState(child.state, runtimeState);
  });
}

function decide(ctx: Context, runtimeState: ActiveRuntimeState, timeout: boolean): void {
  const liveness = livenessOf(runtimeState);
  const round = openRound(runtimeState);
  const outcome = countCommitments(ctx, runtimeState, round, timeout);
  if (outcome.kind === "waiting") {
    return;
  }
  if (outcome.kind !== "finalized") {
    failRound(ctx, runtimeState, liveness, round);
    return;
  }

  const { decided } = outcome;
  const { header } = decided.commitment.header;
  const first = firstScheduler(runtimeState.committee, round);
  liveness.total_rounds++;
  const won = equal(first.id, decided.commitment.header.scheduler_id);
  increment(won ? liveness.finalized_proposals : liveness.missed_proposals, first.index);

  const { id } = runtimeState.runtime;
  const taken = takenMessages(ctx, id, header);
  if (taken === null) {
    failRound(ctx, runtimeState, liveness, round);
    return;
  }
  removeTakenMessages(ctx, id, taken, round);
  const messages = executeMessages(ctx, id, decided.commitment.messages ?? []);
  const { good, bad } = judgeVotes(ctx, runtimeState.committee, decided, liveness);
  const penalty = runtimeState.runtime.staking.slashing?.get(SLASH_RUNTIME_INCORRECT_RESULTS)?.amount ?? 0n;
  if (runtimeState.commitment_pool.discrepancy && penalty > 0n) {
    slashIncorrectResults(ctx, bad, good, runtimeState.runtime, penalty);
  }
  setLastRoundResults(ctx.state, id, { messages, good_compute_entities: good, bad_compute_entities: bad });
  finalizeNormalBlock(ctx, runtimeState, header);
}

/** Counts the votes; on a discrepancy lets the backup workers have their time, and counts theirs at once. */
function countCommitments(
  ctx: Context,
  runtimeState: ActiveRuntimeState,
  round: bigint,
  timeout: boolean,
): PoolOutcome {
  const { committee, commitment_pool: pool, runtime } = runtimeState;
  const { allowed_stragglers: stragglers, round_timeout: roundTimeout } = runtime.executor;
  const outcome = processCommitments(pool, committee, stragglers, timeout);
  if (outcome.kind !== "discrepancy") {
    return outcome;
  }
  ctx.emit(executionDiscrepancy, { round, rank: pool.highest_rank, timeout }, ofRuntime(runtime.id));
  rearmTimeout(ctx, runtimeState, backupTimeout(ctx, roundTimeout));
  return processCommitments(pool, committee, stragglers, runtimeState.timeout === ctx.currentHeight);
}

/** Appends a block that says that the round failed, to the account of the first scheduler. */
function failRound(
  ctx: Context,
  runtimeState: ActiveRuntimeState,
  liveness: LivenessStatistics,
  round: bigint,
): void {
  increment(liveness.missed_proposals, firstScheduler(runtimeState.committee, round).index);
  finalizeEmptyBlock(ctx, runtimeState, HEADER_ROUND_FAILED);
}

/**
 * Owners of the members that voted for the decided results, and for others: one entry a member, a node in two roles
 * once. Counts the good votes of each member.
 */
function judgeVotes(
  ctx: Context,
  committee: Committee,
  decided: DecidedCommitment,
  liveness: LivenessStatistics,
): { good: PublicKey[]; bad: PublicKey[] } {
  const right = commitmentVote(decided.commitment);
  const seen = new Set<string>();
  const good: PublicKey[] = [];
  const bad: PublicKey[] = [];
  for (const [index, { public_key: id }] of (committee.members ?? []).entries()) {
    const key = toHex(id);
    const vote = decided.votes?.get(key) ?? null;
    if (vote === null || seen.has(key)) {
      continue;
    }
    seen.add(key);
    const node = getNode(ctx.state, id);
    if (node === null) {
      continue;
    }
    if (equal(vote, right)) {
      good.push(node.entity_id);
      increment(liveness.good_rounds, index);
    } else {
      bad.push(node.entity_id);
    }
  }
  return { good, bad };
}

/** The worker that is first in line to schedule the round. */
function firstScheduler(committee: Committee, round: bigint): { index: number; id: PublicKey } {
  const index = schedulerIndex(committee, round, 0n);
  if (index === null) {
    throw new InvariantError("committee without workers");
  }
  return { index, id: committee.members![index]!.public_key };
}

function openRound(runtimeState: ActiveRuntimeState): bigint {
  return BigInt.asUintN(64, runtimeState.last_block.header.round + 1n);
}

/** The counters of the epoch, which begin with its first attempt to finalise a round. */
function livenessOf(runtimeState: ActiveRuntimeState): LivenessStatistics {
  const zeros = () => new Array<bigint>((runtimeState.committee.members ?? []).length).fill(0n);
  runtimeState.liveness_stats ??= {
    total_rounds: 0n,
    good_rounds: zeros(),
    finalized_proposals: zeros(),
    missed_proposals: zeros(),
  };
  return runtimeState.liveness_stats;
}

function increment(counters: bigint[] | null, index: number): void {
  if (counters?.[index] === undefined) {
    throw new InvariantError("liveness counters do not fit the committee");
  }
  counters[index]++;
}
