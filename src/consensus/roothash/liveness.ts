import { FREEZE_FOREVER } from "../../types/registry.ts";
import { KIND_COMPUTE } from "../../types/runtime.ts";
import { ROLE_WORKER } from "../../types/scheduler.ts";
import { SLASH_RUNTIME_LIVENESS } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { isSuspended, recordFailure, recordSuccess } from "../registry/node-status.ts";
import { getRuntimes } from "../registry/runtime-state.ts";
import { requireNodeStatus, setNodeStatus } from "../registry/state.ts";
import { slashLivenessFailure } from "./slashing.ts";
import { getRuntimeState, type StoredRuntimeState } from "./state.ts";

/** A failure counter is a byte; "no limit" freezes when it is full. */
const NO_FAILURE_LIMIT = 255;
const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** Before every election: judges how live the committees of the past epoch were (consensus-b.md 4.8). */
export function evaluateAllLiveness(ctx: Context, epoch: bigint): void {
  for (const runtime of getRuntimes(ctx.state)) {
    if (runtime.kind !== KIND_COMPUTE) {
      continue;
    }
    const runtimeState = getRuntimeState(ctx.state, runtime.id);
    if (runtimeState === null) {
      throw new InvariantError("active ParaTime without state", { height: ctx.currentHeight });
    }
    evaluateLiveness(ctx, epoch, runtimeState);
  }
}

/**
 * Forgives a failure to every worker that was live, and records one for every other; who has too many is frozen and
 * slashed. Counters stay for the committee change to clear.
 */
export function evaluateLiveness(ctx: Context, epoch: bigint, runtimeState: StoredRuntimeState): void {
  const { committee, commitment_pool: pool, liveness_stats: stats, runtime } = runtimeState;
  if (committee === null || pool === null || stats === null || runtimeState.suspended) {
    return;
  }
  const { executor } = runtime;
  if (stats.total_rounds === 0n || stats.total_rounds < executor.min_live_rounds_eval) {
    return;
  }
  const minLiveRounds = (stats.total_rounds * BigInt(executor.min_live_rounds_percent)) / 100n;
  const maxFailures = executor.max_liveness_fails === 0 ? NO_FAILURE_LIMIT : executor.max_liveness_fails;
  const slash = runtime.staking.slashing?.get(SLASH_RUNTIME_LIVENESS) ?? { amount: 0n, freeze_interval: 0n };

  for (const [index, member] of (committee.members ?? []).entries()) {
    if (member.role !== ROLE_WORKER) {
      break;
    }
    const id = member.public_key;
    const status = requireNodeStatus(ctx.state, id);
    if (isSuspended(status, runtime.id, epoch)) {
      continue;
    }
    const missed = stats.missed_proposals?.[index] ?? 0n;
    const proposals = missed + (stats.finalized_proposals?.[index] ?? 0n);
    const isLive =
      (stats.good_rounds?.[index] ?? 0n) >= minLiveRounds &&
      missed <= maxMissedProposals(proposals, executor.max_missed_proposals_percent);
    if (isLive) {
      recordSuccess(status, runtime.id, epoch);
    } else if (recordFailure(status, runtime.id, epoch).failures >= maxFailures) {
      const end = epoch + slash.freeze_interval;
      status.freeze_end_time = end > FREEZE_FOREVER ? FREEZE_FOREVER : end;
      slashLivenessFailure(ctx, id, slash.amount);
    }
    setNodeStatus(ctx.state, id, status);
  }
}

/** Percent 0 means that all proposals may be missed. */
function maxMissedProposals(proposals: bigint, percent: number): bigint {
  return percent === 0 ? UNLIMITED : (proposals * BigInt(percent)) / 100n;
}
