import { equal } from "../../codec/bytes.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { ReclaimEscrow, ReclaimEscrowResult } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { debondingStartEvent } from "./events.ts";
import { deposit, withdraw } from "./share-pool.ts";
import {
  addDebondingDelegation,
  getAccount,
  getDelegation,
  getParameters,
  setAccount,
  setDelegation,
} from "./state.ts";

/**
 * `staking.ReclaimEscrow`: starts to debond shares of the caller. Null in CheckTx and in simulation.
 *
 * The stake moves into the debonding pool of the same escrow account, where it can still be slashed, and is released
 * at the epoch change `debonding_interval` epochs from now.
 *
 * @param fromRuntime whether a ParaTime asks for it by a message
 */
export function reclaimEscrow(
  ctx: Context,
  { account: escrow, shares }: ReclaimEscrow,
  fromRuntime: boolean,
): ReclaimEscrowResult | null {
  if (shares === 0n) {
    throw stakingErrors.invalidArgument();
  }
  if (ctx.isCheckOnly) {
    return null;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "reclaim_escrow", parameters.gas_costs);
  if (fromRuntime && !parameters.allow_escrow_messages) {
    throw stakingErrors.forbidden();
  }
  if (ctx.isSimulation) {
    return null;
  }
  const owner = ctx.caller;
  if (isReservedAddress(owner)) {
    throw stakingErrors.forbidden();
  }
  const to = getAccount(ctx.state, owner);
  const same = equal(owner, escrow);
  if (!same && parameters.disable_delegation) {
    throw stakingErrors.forbidden();
  }
  const from = same ? to : getAccount(ctx.state, escrow);
  const delegation = getDelegation(ctx.state, owner, escrow);
  const debondEnd = BigInt.asUintN(64, ctx.epochAtCurrentHeight() + parameters.debonding_interval);

  const amount = withdraw(from.escrow.active, delegation.shares, shares);
  const debondingShares = deposit(from.escrow.debonding, amount, amount);
  const remainingShares = delegation.shares - shares;

  addDebondingDelegation(ctx.state, owner, escrow, { shares: debondingShares, debond_end: debondEnd });
  setDelegation(ctx.state, owner, escrow, { shares: remainingShares });
  setAccount(ctx.state, owner, to);
  if (!same) {
    setAccount(ctx.state, escrow, from);
  }
  ctx.emit(debondingStartEvent, {
    owner,
    escrow,
    amount,
    active_shares: shares,
    debonding_shares: debondingShares,
    debond_end_time: debondEnd,
  });
  return {
    owner,
    escrow,
    amount,
    debonding_shares: debondingShares,
    remaining_shares: remainingShares,
    debond_end_time: debondEnd,
  };
}
