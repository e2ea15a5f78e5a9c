import { equal } from "../../codec/bytes.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { AddEscrowResult, Escrow } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { addEscrowEvent } from "./events.ts";
import { deposit } from "./share-pool.ts";
import { getAccount, getDelegation, getParameters, setAccount, setDelegation } from "./state.ts";

/**
 * `staking.AddEscrow`: delegates tokens of the caller to an escrow account. Null in CheckTx and in simulation.
 *
 * @param fromRuntime whether a ParaTime asks for it by a message
 */
export function addEscrow(
  ctx: Context,
  { account: escrow, amount }: Escrow,
  fromRuntime: boolean,
): AddEscrowResult | null {
  if (ctx.isCheckOnly) {
    return null;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "add_escrow", parameters.gas_costs);
  if (fromRuntime && !parameters.allow_escrow_messages) {
    throw stakingErrors.forbidden();
  }
  if (ctx.isSimulation) {
    return null;
  }
  if (amount < parameters.min_delegation) {
    throw stakingErrors.underMinDelegationAmount();
  }
  const owner = ctx.caller;
  if (isReservedAddress(owner)) {
    throw stakingErrors.forbidden();
  }
  const from = getAccount(ctx.state, owner);
  const same = equal(owner, escrow);
  if (!same && parameters.disable_delegation) {
    throw stakingErrors.forbidden();
  }
  const to = same ? from : getAccount(ctx.state, escrow);
  const delegation = getDelegation(ctx.state, owner, escrow);
  const newShares = deposit(to.escrow.active, from.general.balance, amount);
  from.general.balance -= amount;
  if (from.general.balance < parameters.min_transact_balance) {
    throw stakingErrors.balanceTooLow();
  }
  setAccount(ctx.state, owner, from);
  if (!same) {
    setAccount(ctx.state, escrow, to);
  }
  setDelegation(ctx.state, owner, escrow, { shares: delegation.shares + newShares });
  ctx.emit(addEscrowEvent, { owner, escrow, amount, new_shares: newShares });
  return { owner, escrow, amount, new_shares: newShares };
}
