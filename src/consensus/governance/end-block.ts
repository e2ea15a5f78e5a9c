import { toHex } from "../../codec/bytes.ts";
import { stakingAddress } from "../../types/account-address.ts";
import {
  type Proposal,
  STATE_FAILED,
  STATE_PASSED,
  STATE_REJECTED,
  VOTE_YES,
} from "../../types/governance.ts";
import type { SharePool } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { InvariantError, isTxFailure } from "../errors.ts";
import { getCurrentValidators } from "../scheduler/state.ts";
import { discardDeposit, returnDeposit } from "../staking/governance-deposits.ts";
import { getAccount, getDelegationsFor } from "../staking/state.ts";
import { proposalExecutedEvent, proposalFinalizedEvent } from "./events.ts";
import { executeProposal } from "./execute-proposal.ts";
import { getActiveProposals, getParameters, getVotes, removeActiveProposal, setProposal } from "./state.ts";
import { tally } from "./tally.ts";

/**
 * Closes the proposals whose voting ends with this epoch change: counts, executes what passed, settles deposits. The
 * validators are those elected in this very block. consensus-a.md section 5.
 */
export function endBlock(ctx: Context): null {
  const { changed, epoch } = ctx.epochChanged();
  const closing = changed ? getActiveProposals(ctx.state).filter(({ closes_at }) => closes_at === epoch) : [];
  if (closing.length === 0) {
    return null;
  }
  const pools = validatorPools(ctx);
  const total = Array.from(pools.values()).reduce((sum, { balance }) => sum + balance, 0n);
  if (total === 0n) {
    throw new InvariantError("total voting stake is zero", { height: ctx.currentHeight });
  }
  for (const proposal of closing) {
    const closed = execute(ctx, count(ctx, proposal, pools, total));
    setProposal(ctx.state, closed);
    removeActiveProposal(ctx.state, closed);
    ctx.emit(proposalFinalizedEvent, { id: closed.id, state: closed.state });
    if (closed.state === STATE_REJECTED) {
      discardDeposit(ctx, closed.deposit);
    } else {
      returnDeposit(ctx, closed.submitter, closed.deposit);
    }
  }
  return null;
}

/** Active escrow of each entity that has a validator, by address (hex). */
function validatorPools(ctx: Context): Map<string, SharePool> {
  const pools = new Map<string, SharePool>();
  for (const { entity_id: entity } of getCurrentValidators(ctx.state).values()) {
    const address = stakingAddress(entity);
    pools.set(toHex(address), getAccount(ctx.state, address).escrow.active);
  }
  return pools;
}

function count(ctx: Context, proposal: Proposal, pools: Map<string, SharePool>, total: bigint): Proposal {
  const { results, invalidVotes } = tally(pools, getVotes(ctx.state, proposal.id), (voter) =>
    getDelegationsFor(ctx.state, voter).map(({ escrow, delegation }) => ({
      escrow,
      shares: delegation.shares,
    })),
  );
  const voted = Array.from(results.values()).reduce((sum, stake) => sum + stake, 0n);
  if (voted > total) {
    throw new InvariantError(`proposal ${proposal.id} has more votes than there is stake`);
  }
  const yes = results.get(VOTE_YES) ?? 0n;
  const threshold = BigInt(getParameters(ctx.state).stake_threshold);
  const passed = yes > 0n && (yes * 100n) / total >= threshold;
  return {
    ...proposal,
    results,
    invalid_votes: proposal.invalid_votes + invalidVotes,
    state: passed ? STATE_PASSED : STATE_REJECTED,
  };
}

/** Carries out a proposal that passed; one that cannot be carried out has failed. */
function execute(ctx: Context, proposal: Proposal): Proposal {
  if (proposal.state !== STATE_PASSED) {
    return proposal;
  }
  try {
    executeProposal(ctx, proposal);
  } catch (error) {
    if (!isTxFailure(error)) {
      throw error;
    }
    return { ...proposal, state: STATE_FAILED };
  }
  ctx.emit(proposalExecutedEvent, { id: proposal.id });
  return proposal;
}
