import { equal, toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import { type GeneralAccount, HOOK_KIND_WITHDRAW } from "../../types/staking.ts";
import type { Withdraw, WithdrawResult } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { isTxFailure } from "../errors.ts";
import { messages } from "../messages.ts";
import { allowanceChangeEvent, transferEvent } from "./events.ts";
import { getAccount, getParameters, setAccount } from "./state.ts";

/**
 * `staking.Withdraw`: moves tokens from an account that allowed it to the caller. Null in CheckTx and in simulation.
 *
 * A hook on the source account (a vault's) replaces the allowance.
 */
export function withdraw(ctx: Context, { from: source, amount }: Withdraw): WithdrawResult | null {
  if (ctx.isCheckOnly) {
    return null;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "withdraw", parameters.gas_costs);
  if (ctx.isSimulation) {
    return null;
  }
  if (amount < parameters.min_transfer) {
    throw stakingErrors.underMinTransferAmount();
  }
  if (parameters.disable_transfers || parameters.max_allowances === 0) {
    throw stakingErrors.forbidden();
  }
  const beneficiary = ctx.caller;
  if (isReservedAddress(beneficiary) || isReservedAddress(source)) {
    throw stakingErrors.forbidden();
  }
  if (equal(beneficiary, source)) {
    throw stakingErrors.invalidArgument();
  }

  return ctx.transaction((child) => {
    const from = getAccount(ctx.state, source);
    const allowance = authorize(child, from.general, source, beneficiary, amount);
    const to = getAccount(ctx.state, beneficiary);
    if (from.general.balance < amount) {
      throw stakingErrors.insufficientBalance();
    }
    from.general.balance -= amount;
    to.general.balance += amount;
    if (from.general.balance < parameters.min_transact_balance) {
      throw stakingErrors.balanceTooLow().with("source account");
    }
    if (to.general.balance < parameters.min_transact_balance) {
      throw stakingErrors.balanceTooLow().with("dest account");
    }
    // Accounts go around the overlay, straight into the outer state; only what the hook wrote is in the overlay
    // (consensus-a.md 1.9).
    setAccount(ctx.state, beneficiary, to);
    setAccount(ctx.state, source, from);
    child.emit(transferEvent, { from: source, to: beneficiary, amount });
    child.emit(allowanceChangeEvent, {
      owner: source,
      beneficiary,
      allowance,
      negative: true,
      amount_change: amount,
    });
    return { owner: source, beneficiary, allowance, amount_change: amount };
  });
}

/** Uses up the allowance, or asks the hook. Returns the allowance that is left, 0 with a hook. */
function authorize(
  ctx: Context,
  general: GeneralAccount,
  from: Address,
  to: Address,
  amount: bigint,
): bigint {
  const hook = general.hooks?.get(HOOK_KIND_WITHDRAW);
  if (hook !== undefined) {
    askHook(ctx, hook.module, from, to, amount);
    return 0n;
  }
  const id = toHex(to);
  const allowance = general.allowances?.get(id);
  if (allowance === undefined || allowance < amount) {
    throw stakingErrors.forbidden();
  }
  const left = allowance - amount;
  if (left === 0n) {
    general.allowances!.delete(id);
  } else {
    general.allowances!.set(id, left);
  }
  return left;
}

function askHook(ctx: Context, module: string, from: Address, to: Address, amount: bigint): void {
  try {
    ctx.publish(messages.accountHook, { module, from, to, amount });
  } catch (error) {
    if (isTxFailure(error)) {
      throw stakingErrors.forbidden().with("hook invocation failed", {}, { cause: error });
    }
    throw error;
  }
}
