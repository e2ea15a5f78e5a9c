import { vaultErrors } from "../../types/errors.ts";
import { type AddressState, STATE_ACTIVE } from "../../types/vault.ts";
import type { Context } from "../context.ts";
import type { AccountHookCall } from "../messages.ts";
import { getAddressState, getVault, setAddressState } from "./state.ts";

/**
 * Decides whether a withdrawal from a vault's account is within the policy, and counts it.
 * @returns true when allowed, null when the account is not a vault's
 */
export function authorizeWithdrawal(
  ctx: Context,
  { module, from, to, amount }: AccountHookCall,
): true | null {
  if (module !== "vault") {
    return null;
  }
  if (getVault(ctx.state, from).state !== STATE_ACTIVE) {
    throw vaultErrors.forbidden();
  }
  const state = getAddressState(ctx.state, from, to);
  if (state === null) {
    throw vaultErrors.noSuchState();
  }
  const counted = countWithdrawal(state, ctx.currentHeight, amount);
  if (counted === null) {
    throw vaultErrors.forbidden();
  }
  setAddressState(ctx.state, from, to, counted);
  return true;
}

/** The state after a withdrawal at a height; null when it is over the limit of the running interval. */
export function countWithdrawal(state: AddressState, height: bigint, amount: bigint): AddressState | null {
  const { limit_amount: limit, limit_interval: interval } = state.withdraw_policy;
  if (amount === 0n) {
    return state;
  }
  if (limit === 0n || interval === 0n) {
    return null;
  }
  const bucket = height / interval;
  const total = amount + (state.bucket === bucket ? state.amount : 0n);
  return total > limit ? null : { ...state, bucket, amount: total };
}
