import { equal } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { transferEvent } from "./events.ts";
import { getAccount, getParameters, setAccount } from "./state.ts";

/**
 * Moves an amount between two general balances on behalf of another service. Nothing happens for amount 0 or when
 * both are the same account.
 * @throws staking/3 when the balance is too small, staking/10 when one side would end below the minimum balance
 */
export function transferBalance(
  ctx: Context,
  fromAddress: Address,
  toAddress: Address,
  amount: bigint,
): void {
  if (equal(fromAddress, toAddress) || amount === 0n) {
    return;
  }
  const from = getAccount(ctx.state, fromAddress);
  const to = getAccount(ctx.state, toAddress);
  if (from.general.balance < amount) {
    throw stakingErrors.insufficientBalance();
  }
  from.general.balance -= amount;
  to.general.balance += amount;
  const minimum = getParameters(ctx.state).min_transact_balance;
  if (from.general.balance < minimum) {
    throw stakingErrors.balanceTooLow().with("source account");
  }
  if (to.general.balance < minimum) {
    throw stakingErrors.balanceTooLow().with("dest account");
  }
  setAccount(ctx.state, fromAddress, from);
  setAccount(ctx.state, toAddress, to);
  ctx.emit(transferEvent, { from: fromAddress, to: toAddress, amount });
}
