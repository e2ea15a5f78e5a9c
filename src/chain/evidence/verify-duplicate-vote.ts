import { equal } from "../../codec/bytes.ts";
import { equalBlockIds } from "../block-id.ts";
import { verifyConsensusSignature } from "../consensus-signature.ts";
import { ChainError } from "../errors.ts";
import { voteSignBytes } from "../sign-bytes.ts";
import type { ValidatorSet } from "../validator-set.ts";
import type { DuplicateVoteEvidence } from "./evidence.ts";

/**
 * Whether one validator really voted twice (cometbft.md 4.7). The validator index in the votes is not looked at.
 * @param validators of the votes' height
 * @throws ChainError
 */
export function verifyDuplicateVote(
  chainId: string,
  { vote_a, vote_b, total_voting_power, validator_power }: DuplicateVoteEvidence,
  validators: ValidatorSet,
): void {
  const a = vote_a!;
  const b = vote_b!;
  if (a.height !== b.height || a.round !== b.round || a.type !== b.type)
    throw invalidEvidence("votes for two steps");
  if (!equal(a.validator_address, b.validator_address)) throw invalidEvidence("votes of two validators");
  if (equalBlockIds(a.block_id, b.block_id)) throw invalidEvidence("votes for the same block");
  const validator = validators.get(a.validator_address);
  if (validator === null) throw invalidEvidence("votes of somebody who was no validator");
  if (validator.voting_power !== validator_power || validators.totalVotingPower !== total_voting_power) {
    throw invalidEvidence("voting power differs from the validator set's");
  }
  for (const vote of [a, b]) {
    if (!verifyConsensusSignature(validator.pub_key, voteSignBytes(chainId, vote), vote.signature)) {
      throw invalidEvidence("vote signature does not verify");
    }
  }
}

/** Evidence that proves nothing. */
export function invalidEvidence(message: string): ChainError {
  return new ChainError("evidence", `invalid evidence: ${message}`);
}
