import { equal } from "../../codec/bytes.ts";
import type { Context } from "../context.ts";
import { rewardEpochSigning } from "./epoch-signing.ts";
import { reclaimEscrowEvent } from "./events.ts";
import { blockFees, blockProposer, payProposerFees } from "./fees.ts";
import { withdraw } from "./share-pool.ts";
import {
  type Debonding,
  getAccount,
  getExpiredDebondingQueue,
  removeDebondingDelegation,
  setAccount,
} from "./state.ts";

/** Pays the proposer; at an epoch change also releases debonded stake and pays signing rewards. */
export function endBlock(ctx: Context): null {
  payProposerFees(ctx, ctx.block.get(blockProposer).entity, ctx.block.get(blockFees).balance);
  const { changed, epoch } = ctx.epochChanged();
  if (changed) {
    for (const debonding of getExpiredDebondingQueue(ctx.state, epoch)) {
      release(ctx, debonding);
    }
    rewardEpochSigning(ctx, epoch);
  }
  return null;
}

function release(ctx: Context, { delegator: owner, escrow, delegation }: Debonding): void {
  const delegatorAccount = getAccount(ctx.state, owner);
  const same = equal(owner, escrow);
  const escrowAccount = same ? delegatorAccount : getAccount(ctx.state, escrow);
  const { shares } = delegation;
  const amount = withdraw(escrowAccount.escrow.debonding, shares, shares);
  delegatorAccount.general.balance += amount;
  removeDebondingDelegation(ctx.state, owner, escrow, delegation.debond_end);
  setAccount(ctx.state, owner, delegatorAccount);
  if (!same) {
    setAccount(ctx.state, escrow, escrowAccount);
  }
  ctx.emit(reclaimEscrowEvent, { owner, escrow, amount, shares });
}
