import type { Address } from "../../codec/common-types.ts";
import { COMMON_POOL_ADDRESS } from "../../types/account-address.ts";
import { smaller } from "../bigint.ts";
import type { Context } from "../context.ts";
import { addEscrowEvent, transferEvent } from "./events.ts";
import { depositCommission, splitCommission } from "./rewards.ts";
import { getAccount, getCommonPool, setAccount, setCommonPool } from "./state.ts";

/**
 * Moves up to `amount` from the common pool to an account.
 *
 * With `escrow` it goes into the active escrow: shared by all delegators except for the commission, or all of it
 * commission when there are no delegators. Entry condition: not in CheckTx.
 * @returns whether anything was moved
 */
export function transferFromCommon(ctx: Context, to: Address, amount: bigint, escrow: boolean): boolean {
  const pool = getCommonPool(ctx.state);
  const account = getAccount(ctx.state, to);
  const moved = smaller(amount, pool);
  if (moved === 0n) {
    return false;
  }
  if (!escrow) {
    account.general.balance += moved;
    ctx.emit(transferEvent, { from: COMMON_POOL_ADDRESS, to, amount: moved });
  } else if (account.escrow.active.total_shares === 0n) {
    depositCommission(ctx, to, account, moved);
  } else {
    const { commission, remaining } = splitCommission(ctx, account, ctx.currentEpoch(), moved);
    account.escrow.active.balance += remaining;
    ctx.emit(addEscrowEvent, { owner: COMMON_POOL_ADDRESS, escrow: to, amount: remaining, new_shares: 0n });
    if (commission !== 0n) {
      depositCommission(ctx, to, account, commission);
    }
  }
  setCommonPool(ctx.state, pool - moved);
  setAccount(ctx.state, to, account);
  return true;
}
