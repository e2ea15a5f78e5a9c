import { stakingErrors } from "../../types/errors.ts";
import { HEADER_EPOCH_TRANSITION, HEADER_SUSPENDED } from "../../types/roothash-block.ts";
import { KIND_COMPUTE, type Runtime } from "../../types/runtime.ts";
import { type Committee, KIND_COMPUTE_EXECUTOR } from "../../types/scheduler.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { getRuntimes, suspendRuntime } from "../registry/runtime-state.ts";
import { runtimeStakingAddress } from "../registry/stake-claims.ts";
import { getCommittee } from "../scheduler/state.ts";
import { StakeAccumulator } from "../staking/accumulator.ts";
import { finalizeEmptyBlock } from "./finalize-block.ts";
import { getParameters, getRuntimeState, removeExpiredEvidence, setRuntimeState } from "./state.ts";

/** After every election: gives each active ParaTime its new committee, or suspends it (consensus-b.md 4.3). */
export function changeCommittees(ctx: Context): void {
  const stake = new StakeAccumulator(ctx);
  for (const runtime of getRuntimes(ctx.state)) {
    if (runtime.kind === KIND_COMPUTE) {
      changeCommittee(ctx, runtime, stake);
    }
  }
}

function changeCommittee(ctx: Context, runtime: Readonly<Runtime>, stake: StakeAccumulator): void {
  const params = getParameters(ctx.state);
  const runtimeState = getRuntimeState(ctx.state, runtime.id);
  if (runtimeState === null) {
    throw new InvariantError("active ParaTime without state", { height: ctx.currentHeight });
  }
  const { round } = runtimeState.last_block.header;
  if (round > params.max_evidence_age) {
    removeExpiredEvidence(ctx.state, runtime.id, round - params.max_evidence_age);
  }

  const committee = getCommittee(ctx.state, KIND_COMPUTE_EXECUTOR, runtime.id);
  const neverForStake = params.debug_do_not_suspend_runtimes || params.debug_bypass_stake;
  if (committee === null || !(neverForStake || isBacked(ctx, runtime, stake))) {
    suspendRuntime(ctx, runtime.id);
    finalizeEmptyBlock(ctx, runtimeState, HEADER_SUSPENDED);
    runtimeState.suspended = true;
    runtimeState.committee = null;
  } else {
    finalizeEmptyBlock(ctx, runtimeState, HEADER_EPOCH_TRANSITION);
    runtimeState.suspended = false;
    runtimeState.committee = committee as Committee;
  }
  runtimeState.liveness_stats = null;
  runtimeState.runtime = runtime;
  setRuntimeState(ctx.state, runtimeState);
}

/** Whether the stake of the account behind the ParaTime covers its claims. */
function isBacked(ctx: Context, runtime: Readonly<Runtime>, stake: StakeAccumulator): boolean {
  const address = runtimeStakingAddress(runtime);
  if (address === null) {
    throw new InvariantError("ParaTime without an account that backs it", { height: ctx.currentHeight });
  }
  try {
    stake.checkClaims(address);
    return true;
  } catch (error) {
    if (stakingErrors.insufficientStake.matches(error)) {
      return false;
    }
    throw error;
  }
}
