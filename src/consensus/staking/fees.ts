import type { PublicKey } from "../../codec/common-types.ts";
import { COMMON_POOL_ADDRESS, FEE_ACCUMULATOR_ADDRESS, stakingAddress } from "../../types/account-address.ts";
import type { BlockSlot } from "../block-context.ts";
import type { Context } from "../context.ts";
import { transferEvent } from "./events.ts";
import {
  getAccount,
  getCommonPool,
  getLastBlockFees,
  getParameters,
  setAccount,
  setCommonPool,
  setLastBlockFees,
} from "./state.ts";

/** Fees paid by the transactions of the block so far. */
export const blockFees: BlockSlot<{ balance: bigint }> = { name: "fees", initial: () => ({ balance: 0n }) };

/** Entity of the block's proposer; null when its node is not registered. */
export const blockProposer: BlockSlot<{ entity: PublicKey | null }> = {
  name: "proposer",
  initial: () => ({ entity: null }),
};

/**
 * EndBlock: keeps the part of the voters and of the next proposer for the next block, pays the proposer.
 * consensus-a.md 4.4.
 */
export function payProposerFees(ctx: Context, proposer: PublicKey | null, total: bigint): void {
  if (total === 0n) {
    setLastBlockFees(ctx.state, 0n);
    return;
  }
  const parameters = getParameters(ctx.state);
  const later = parameters.fee_split_weight_vote + parameters.fee_split_weight_next_propose;
  const kept = (total * later) / (later + parameters.fee_split_weight_propose);
  setLastBlockFees(ctx.state, kept);
  if (kept === total) {
    return;
  }
  if (proposer === null) {
    moveFeesToCommonPool(ctx, total - kept);
  } else {
    payFees(ctx, proposer, total - kept);
  }
}

/**
 * BeginBlock: pays what was kept of the last block's fees to the entities that voted for it and to the proposer of
 * this block. What cannot be divided, or belongs to validators that did not vote, goes to the common pool.
 *
 * @param validators number of validators that could vote
 * @param voters entities of those that did, once for each of their validators
 */
export function payVoterFees(
  ctx: Context,
  proposer: PublicKey | null,
  validators: number,
  voters: readonly PublicKey[],
): void {
  let left = getLastBlockFees(ctx.state);
  if (left === 0n) {
    return;
  }
  const parameters = getParameters(ctx.state);
  const perValidator = left / BigInt(validators);
  const weights = parameters.fee_split_weight_vote + parameters.fee_split_weight_next_propose;
  const proposerShare = (perValidator * parameters.fee_split_weight_next_propose) / weights;
  const voterShare = perValidator - proposerShare;

  const proposerTotal = proposerShare * BigInt(voters.length);
  if (proposerTotal !== 0n && proposer !== null) {
    left -= proposerTotal;
    payFees(ctx, proposer, proposerTotal);
  }
  if (voterShare !== 0n) {
    for (const voter of voters) {
      left -= voterShare;
      payFees(ctx, voter, voterShare);
    }
  }
  if (left !== 0n) {
    moveFeesToCommonPool(ctx, left);
  }
}

function payFees(ctx: Context, entity: PublicKey, amount: bigint): void {
  const to = stakingAddress(entity);
  const account = getAccount(ctx.state, to);
  account.general.balance += amount;
  setAccount(ctx.state, to, account);
  ctx.emit(transferEvent, { from: FEE_ACCUMULATOR_ADDRESS, to, amount });
}

function moveFeesToCommonPool(ctx: Context, amount: bigint): void {
  setCommonPool(ctx.state, getCommonPool(ctx.state) + amount);
  ctx.emit(transferEvent, { from: FEE_ACCUMULATOR_ADDRESS, to: COMMON_POOL_ADDRESS, amount });
}
