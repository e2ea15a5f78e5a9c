import type { Address } from "../../codec/common-types.ts";
import { COMMON_POOL_ADDRESS, GOVERNANCE_DEPOSITS_ADDRESS } from "../../types/account-address.ts";
import type { Context } from "../context.ts";
import { InvariantError, TxError } from "../errors.ts";
import { transferEvent } from "./events.ts";
import {
  getAccount,
  getCommonPool,
  getGovernanceDeposits,
  setAccount,
  setCommonPool,
  setGovernanceDeposits,
} from "./state.ts";

/** Deposits of governance proposals. They are not subject to the minimum balance (consensus-a.md section 5). */

/** Takes a deposit from the submitter. @throws TxError when the balance is too small */
export function depositForProposal(ctx: Context, from: Address, amount: bigint): void {
  const account = getAccount(ctx.state, from);
  if (account.general.balance < amount) {
    throw new TxError("insufficient balance");
  }
  account.general.balance -= amount;
  setAccount(ctx.state, from, account);
  setGovernanceDeposits(ctx.state, getGovernanceDeposits(ctx.state) + amount);
  ctx.emit(transferEvent, { from, to: GOVERNANCE_DEPOSITS_ADDRESS, amount });
}

/** Gives a deposit back. */
export function returnDeposit(ctx: Context, to: Address, amount: bigint): void {
  const account = getAccount(ctx.state, to);
  account.general.balance += amount;
  setAccount(ctx.state, to, account);
  takeFromDeposits(ctx, amount);
  ctx.emit(transferEvent, { from: GOVERNANCE_DEPOSITS_ADDRESS, to, amount });
}

/** Moves a lost deposit into the common pool. */
export function discardDeposit(ctx: Context, amount: bigint): void {
  takeFromDeposits(ctx, amount);
  setCommonPool(ctx.state, getCommonPool(ctx.state) + amount);
  ctx.emit(transferEvent, { from: GOVERNANCE_DEPOSITS_ADDRESS, to: COMMON_POOL_ADDRESS, amount });
}

function takeFromDeposits(ctx: Context, amount: bigint): void {
  const deposits = getGovernanceDeposits(ctx.state);
  if (deposits < amount) {
    throw new InvariantError("governance deposits are smaller than a deposit", { height: ctx.currentHeight });
  }
  setGovernanceDeposits(ctx.state, deposits - amount);
}
