import type {
  CommissionRateBoundStep,
  CommissionRateStep,
  CommissionSchedule,
  CommissionScheduleRules,
} from "../../types/staking.ts";
import { TxError } from "../errors.ts";

/** Rates are numerators over this. */
export const COMMISSION_RATE_DENOMINATOR = 100_000n;

/**
 * Commission schedules. A schedule is valid when every rate lies within the bounds in force, at every epoch from now
 * on. All failures are uncoded, reported as unknown/1.
 * consensus-a.md 4.7; oasis-core v26.1 go/staking/api/commission.go.
 */

/** The rate in force at an epoch; null when none has started. */
export function currentRate(schedule: Readonly<CommissionSchedule>, epoch: bigint): bigint | null {
  let rate: bigint | null = null;
  for (const step of schedule.rates ?? []) {
    if (step.start > epoch) {
      break;
    }
    rate = step.rate;
  }
  return rate;
}

/** Applies an amendment to a valid schedule. @throws TxError when the result would break the rules */
export function amendSchedule(
  schedule: Readonly<CommissionSchedule>,
  amendment: Readonly<CommissionSchedule>,
  rules: Readonly<CommissionScheduleRules>,
  now: bigint,
): CommissionSchedule {
  checkComplexity(amendment, rules);
  checkSteps(amendment, rules);
  checkStart(amendment, rules, now, (schedule.bounds?.length ?? 0) === 0);
  const amended = {
    rates: splice(pruneSteps(schedule.rates, now), amendment.rates),
    bounds: splice(pruneSteps(schedule.bounds, now), amendment.bounds),
  };
  checkComplexity(amended, rules);
  checkWithinBounds(amended, now);
  return amended;
}

/** Drops steps that are over and checks the rest, as for schedules that were not made by an amendment. */
export function pruneAndCheckSchedule(
  schedule: Readonly<CommissionSchedule>,
  rules: Readonly<CommissionScheduleRules>,
  now: bigint,
): CommissionSchedule {
  checkComplexity(schedule, rules);
  checkSteps(schedule, rules);
  const pruned = { rates: pruneSteps(schedule.rates, now), bounds: pruneSteps(schedule.bounds, now) };
  checkWithinBounds(pruned, now);
  return pruned;
}

function checkComplexity(
  schedule: Readonly<CommissionSchedule>,
  rules: Readonly<CommissionScheduleRules>,
): void {
  if ((schedule.rates?.length ?? 0) > rules.max_rate_steps) {
    throw new TxError(`rate schedule exceeds ${rules.max_rate_steps} steps`);
  }
  if ((schedule.bounds?.length ?? 0) > rules.max_bound_steps) {
    throw new TxError(`bound schedule exceeds ${rules.max_bound_steps} steps`);
  }
}

function checkSteps(schedule: Readonly<CommissionSchedule>, rules: Readonly<CommissionScheduleRules>): void {
  const minimum = rules.min_commission_rate;
  checkStarts(schedule.rates ?? [], rules.rate_change_interval);
  for (const { start, rate } of schedule.rates ?? []) {
    if (rate > COMMISSION_RATE_DENOMINATOR || rate < minimum) {
      throw new TxError(`rate ${rate} from epoch ${start} is over unity or less than ${minimum}`);
    }
  }
  checkStarts(schedule.bounds ?? [], rules.rate_change_interval);
  for (const { start, rate_min: min, rate_max: max } of schedule.bounds ?? []) {
    const overUnity = min > COMMISSION_RATE_DENOMINATOR || max > COMMISSION_RATE_DENOMINATOR;
    if (overUnity || max < min || max < minimum || min < minimum) {
      throw new TxError(
        `bounds ${min} to ${max} from epoch ${start} are over unity, crossed or less than ${minimum}`,
      );
    }
  }
}

function checkStarts(steps: readonly { start: bigint }[], interval: bigint): void {
  for (const [i, { start }] of steps.entries()) {
    // An interval of 0 divides by zero: the network's nodes stop here as well.
    if (start % interval !== 0n) {
      throw new TxError(`start epoch ${start} is not aligned with the rate change interval ${interval}`);
    }
    if (i > 0 && start <= steps[i - 1]!.start) {
      throw new TxError(`start epoch ${start} is not after the previous step's`);
    }
  }
}

/** The past is fixed, and bounds that exist may change only with the lead time. */
function checkStart(
  amendment: Readonly<CommissionSchedule>,
  rules: Readonly<CommissionScheduleRules>,
  now: bigint,
  initial: boolean,
): void {
  const rate = amendment.rates?.[0];
  if (rate && rate.start <= now) {
    throw new TxError(`rate schedule must not alter the rate on or before epoch ${now}`);
  }
  const earliest = BigInt.asUintN(64, now + 1n + (initial ? 0n : rules.rate_bound_lead));
  const bound = amendment.bounds?.[0];
  if (bound && bound.start < earliest) {
    throw new TxError(`bound schedule must not alter bounds before epoch ${earliest}`);
  }
}

/** Drops the steps before the one in force. */
function pruneSteps<S extends { start: bigint }>(steps: readonly S[] | null, now: bigint): S[] {
  let first = 0;
  while (steps !== null && first + 1 < steps.length && steps[first + 1]!.start <= now) {
    first++;
  }
  return steps?.slice(first) ?? [];
}

/** Keeps the steps before the amendment begins and continues with the amendment. */
function splice<S extends { start: bigint }>(steps: S[], amendment: readonly S[] | null): S[] {
  const first = amendment?.[0];
  if (first === undefined) {
    return steps;
  }
  const cut = steps.findIndex((step) => step.start >= first.start);
  return [...(cut < 0 ? steps : steps.slice(0, cut)), ...amendment!];
}

function checkWithinBounds(
  schedule: { rates: CommissionRateStep[]; bounds: CommissionRateBoundStep[] },
  now: bigint,
) {
  const { rates, bounds } = schedule;
  if (rates.length === 0 && bounds.length === 0) {
    return;
  }
  if (rates.length === 0 || bounds.length === 0) {
    throw new TxError("rates and bounds are needed together");
  }
  // Steps in force may have begun at different times, older ones having been pruned; future ones must begin together.
  if ((rates[0]!.start > now || bounds[0]!.start > now) && rates[0]!.start !== bounds[0]!.start) {
    throw new TxError(`rates start at epoch ${rates[0]!.start}, bounds at ${bounds[0]!.start}`);
  }
  for (let r = 0, b = 0; ; ) {
    const { rate } = rates[r]!;
    const bound = bounds[b]!;
    if (rate < bound.rate_min || rate > bound.rate_max) {
      throw new TxError(`rate ${rate} is outside the bounds ${bound.rate_min} to ${bound.rate_max}`);
    }
    const nextRate = rates[r + 1];
    const nextBound = bounds[b + 1];
    if (nextRate === undefined && nextBound === undefined) {
      return;
    }
    const rateChanges =
      nextRate !== undefined && (nextBound === undefined || nextRate.start <= nextBound.start);
    const boundChanges =
      nextBound !== undefined && (nextRate === undefined || nextBound.start <= nextRate.start);
    r += rateChanges ? 1 : 0;
    b += boundChanges ? 1 : 0;
  }
}
