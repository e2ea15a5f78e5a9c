import type { ChangeParametersProposal } from "../../types/governance.ts";
import {
  type Account,
  ConsensusParameterChanges,
  type ConsensusParameters,
  REQUIRED_THRESHOLD_KINDS,
} from "../../types/staking.ts";
import { applyChanges, decodeChanges } from "../change-parameters.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { COMMISSION_RATE_DENOMINATOR, pruneAndCheckSchedule } from "./commission-schedule.ts";
import {
  getAccount,
  getCommissionScheduleAddresses,
  getParameters,
  setAccount,
  setParameters,
} from "./state.ts";

/** Largest scale of a reward step. */
const MAX_REWARD_SCALE = 100_000_000n;
const EPOCH_INVALID = (1n << 64n) - 1n;

/**
 * Validates a parameter change of a governance proposal, and with `apply` makes it.
 * @returns true when the change is for this module, else null
 * @throws TxError when the change is not valid
 */
export function changeParameters(
  ctx: Context,
  proposal: ChangeParametersProposal,
  apply: boolean,
): true | null {
  if (proposal.module !== "staking") {
    return null;
  }
  const { min_commission_rate: minRate, ...changes } = decodeChanges(
    ConsensusParameterChanges,
    proposal.changes,
  );
  const present = getParameters(ctx.state);
  const parameters = applyChanges<ConsensusParameters>(present, changes, minRate !== null);
  if (minRate !== null) {
    parameters.commission_schedule_rules = {
      ...present.commission_schedule_rules,
      min_commission_rate: minRate,
    };
  }
  checkParameters(parameters);
  if (apply) {
    if (minRate !== null) {
      raiseCommissionRates(ctx, parameters, minRate);
    }
    setParameters(ctx, parameters);
  }
  return true;
}

/** @throws TxError when parameters contradict themselves (consensus-a.md 4.9) */
export function checkParameters(parameters: Readonly<ConsensusParameters>): void {
  for (const kind of REQUIRED_THRESHOLD_KINDS) {
    if (parameters.thresholds?.has(kind) !== true) {
      throw new TxError(`threshold for kind ${kind} not defined`);
    }
  }
  const { fee_split_weight_propose: propose, fee_split_weight_vote: vote } = parameters;
  if (propose === 0n && vote === 0n && parameters.fee_split_weight_next_propose === 0n) {
    throw new TxError("fee split proportions are all zero");
  }
  if (parameters.commission_schedule_rules.min_commission_rate > COMMISSION_RATE_DENOMINATOR) {
    throw new TxError("minimum commission rate over unity");
  }
  let previous = 0n;
  for (const { until, scale } of parameters.reward_schedule ?? []) {
    if (scale > MAX_REWARD_SCALE || until === EPOCH_INVALID || until <= previous) {
      throw new TxError("reward schedule has a scale over unity or steps out of order");
    }
    previous = until;
  }
  if (parameters.signing_reward_threshold_numerator > parameters.signing_reward_threshold_denominator) {
    throw new TxError("signing reward threshold is over unity");
  }
}

/** Lifts announced rates and bounds that are below a new minimum. A failure midway keeps what was written. */
function raiseCommissionRates(ctx: Context, parameters: ConsensusParameters, minimum: bigint): void {
  for (const address of getCommissionScheduleAddresses(ctx.state)) {
    const account = getAccount(ctx.state, address);
    if (raise(account, minimum)) {
      account.escrow.commission_schedule = pruneAndCheckSchedule(
        account.escrow.commission_schedule,
        parameters.commission_schedule_rules,
        ctx.currentEpoch(),
      );
      setAccount(ctx.state, address, account);
    }
  }
}

function raise(account: Account, minimum: bigint): boolean {
  let raised = false;
  for (const bound of account.escrow.commission_schedule.bounds ?? []) {
    if (bound.rate_min < minimum) {
      bound.rate_min = minimum;
      raised = true;
    }
    if (bound.rate_max < minimum) {
      bound.rate_max = minimum;
      raised = true;
    }
  }
  for (const step of account.escrow.commission_schedule.rates ?? []) {
    if (step.rate < minimum) {
      step.rate = minimum;
      raised = true;
    }
  }
  return raised;
}
