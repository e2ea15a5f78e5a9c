import type { PublicKey } from "../../codec/common-types.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import type { Context } from "../context.ts";
import { getNodeByConsensusAddress } from "../registry/state.ts";
import { countSignatures } from "./epoch-signing.ts";
import { punishMisbehavior } from "./evidence.ts";
import { blockProposer, payVoterFees } from "./fees.ts";
import { addAttenuatedReward } from "./rewards.ts";
import { getParameters } from "./state.ts";

/** Pays the fees kept from the last block, rewards the proposer, counts signatures, punishes misbehaviour. */
export function beginBlock(ctx: Context): void {
  const { proposerAddress, lastCommit, misbehavior } = ctx.block.facts;
  const proposer = entityOf(ctx, proposerAddress);
  const validators = lastCommit.votes.length;
  const voters = lastCommit.votes
    .filter((vote) => vote.signed)
    .map((vote) => entityOf(ctx, vote.address))
    .filter((entity) => entity !== null);

  payVoterFees(ctx, proposer, validators, voters);
  ctx.block.set(blockProposer, { entity: proposer });
  rewardProposer(ctx, proposer, validators, voters.length);
  countSignatures(ctx, voters);
  for (const evidence of misbehavior) {
    punishMisbehavior(ctx, evidence);
  }
}

/** Entity of the node with a CometBFT address; null when no such node is registered. */
function entityOf(ctx: Context, consensusAddress: Uint8Array): PublicKey | null {
  return getNodeByConsensusAddress(ctx.state, consensusAddress)?.entity_id ?? null;
}

/** The reward shrinks with the part of the validators whose votes the block does not include. */
function rewardProposer(ctx: Context, proposer: PublicKey | null, validators: number, voters: number): void {
  const epoch = ctx.currentEpoch();
  if (proposer === null || epoch === EPOCH_INVALID) {
    return;
  }
  addAttenuatedReward(
    ctx,
    epoch,
    getParameters(ctx.state).reward_factor_block_proposed,
    { numerator: BigInt(voters), denominator: BigInt(validators) },
    stakingAddress(proposer),
  );
}
