import type { Validator } from "../chain/validator.ts";
import type { ValidatorSet } from "../chain/validator-set.ts";
import { getNodeByConsensusAddress } from "../consensus/registry/state.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import { stakingAddress } from "../types/account-address.ts";
import { type NextBlockState, Vote, type Votes } from "../types/api-consensus.ts";

/** The votes that are there for the block being decided, in the round that the node is in. */
export interface RoundVotes {
  readonly height: bigint;
  readonly validators: ValidatorSet;
  /** By place in the validator set. */
  hasPrevoted(index: number): boolean;
  hasPrecommitted(index: number): boolean;
}

/**
 * What the API says of the block being decided.
 *
 * The official node looks for the voters in a state that is not there yet and leaves their keys empty (api.md gotcha 17);
 * here they are those of the latest state.
 * @param state the latest; null before the first block
 */
export function nextBlockState(votes: RoundVotes, state: ReadonlyTree | null): NextBlockState {
  const { height, validators } = votes;
  const count = (has: (index: number) => boolean): Votes => {
    const voted = validators.validators.filter((_, index) => has(index));
    const power = voted.reduce((sum, { voting_power }) => sum + voting_power, 0n);
    return {
      voting_power: power,
      ratio: Number(power) / Number(validators.totalVotingPower),
      votes: voted.length === 0 ? null : voted.map((validator) => voteOf(validator, state)),
    };
  };
  return {
    height,
    num_validators: BigInt(validators.validators.length),
    voting_power: validators.totalVotingPower,
    prevotes: count((index) => votes.hasPrevoted(index)),
    precommits: count((index) => votes.hasPrecommitted(index)),
  };
}

function voteOf({ address, voting_power }: Validator, state: ReadonlyTree | null): Vote {
  const node = state === null ? null : getNodeByConsensusAddress(state, address);
  if (node === null) return { ...Vote.zero(), voting_power };
  return {
    node_id: node.id,
    entity_id: node.entity_id,
    entity_address: stakingAddress(node.entity_id),
    voting_power,
  };
}
