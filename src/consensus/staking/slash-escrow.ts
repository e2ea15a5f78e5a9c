import type { Address } from "../../codec/common-types.ts";
import type { SharePool } from "../../types/staking.ts";
import { smaller } from "../bigint.ts";
import type { Context } from "../context.ts";
import { takeEscrowEvent } from "./events.ts";
import { getAccount, getCommonPool, setAccount, setCommonPool } from "./state.ts";

/**
 * Slashes up to `amount` from the active and the debonding escrow of an account, in proportion to their balances,
 * into the common pool. Shares stay as they are.
 * @returns what was slashed; when 0, nothing is written and no event emitted
 */
export function slashEscrow(ctx: Context, from: Address, amount: bigint): bigint {
  const pool = getCommonPool(ctx.state);
  const account = getAccount(ctx.state, from);
  const { active, debonding } = account.escrow;
  const total = active.balance + debonding.balance;
  const activeSlashed = slashPool(active, amount, total);
  const debondingSlashed = slashPool(debonding, amount, total);
  const slashed = activeSlashed + debondingSlashed;
  if (slashed === 0n) {
    return 0n;
  }
  setCommonPool(ctx.state, pool + slashed);
  setAccount(ctx.state, from, account);
  ctx.emit(takeEscrowEvent, { owner: from, amount: slashed, debonding_amount: debondingSlashed });
  return slashed;
}

function slashPool(pool: SharePool, amount: bigint, total: bigint): bigint {
  if (total === 0n) {
    return 0n;
  }
  const slashed = smaller((pool.balance * amount) / total, pool.balance);
  pool.balance -= slashed;
  return slashed;
}
