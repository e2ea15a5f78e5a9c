import { isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import { KIND_ENTITY, KIND_NODE_VALIDATOR } from "../../types/staking.ts";
import type { AmendCommissionSchedule } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { amendSchedule } from "./commission-schedule.ts";
import { getAccount, getParameters, setAccount } from "./state.ts";

/** `staking.AmendCommissionSchedule`: announces commission rates and bounds of the caller's escrow account. */
export function amendCommissionSchedule(ctx: Context, { amendment }: AmendCommissionSchedule): void {
  if (ctx.isCheckOnly) {
    return;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "amend_commission_schedule", parameters.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  if (isReservedAddress(ctx.caller)) {
    throw stakingErrors.forbidden();
  }
  const account = getAccount(ctx.state, ctx.caller);
  // Schedules take room in the state: only whoever has the stake for a validator may have one.
  const thresholds = parameters.thresholds;
  const needed = (thresholds?.get(KIND_ENTITY) ?? 0n) + (thresholds?.get(KIND_NODE_VALIDATOR) ?? 0n);
  if (account.escrow.active.balance < needed) {
    throw stakingErrors.insufficientStake();
  }
  account.escrow.commission_schedule = amendSchedule(
    account.escrow.commission_schedule,
    amendment,
    parameters.commission_schedule_rules,
    ctx.epochAtCurrentHeight(),
  );
  setAccount(ctx.state, ctx.caller, account);
}
