import { BlockID, checkBlockId, isCompleteBlockId, isNilBlockId } from "./block-id.ts";
import {
  ABSENT_COMMIT_SIG,
  BLOCK_ID_FLAG,
  type Commit,
  type CommitSig,
  MAX_SIGNATURE_SIZE,
  votedBlockId,
} from "./commit.ts";
import { malformed } from "./errors.ts";
import { ADDRESS_SIZE } from "./validator.ts";
import { bytes, embedded, type Infer, int32, int64, message, scalar, timestamp } from "./wire.ts";

/** Kinds of signed consensus messages. */
export const SIGNED_MSG_TYPE = { prevote: 1, precommit: 2, proposal: 32 } as const;
export type VoteType = typeof SIGNED_MSG_TYPE.prevote | typeof SIGNED_MSG_TYPE.precommit;

export const Vote = message("tendermint.types.Vote", {
  type: scalar(1, int32),
  height: scalar(2, int64),
  round: scalar(3, int32),
  /** Nil where the validator votes for no block. */
  block_id: embedded(4, BlockID),
  timestamp: embedded(5, timestamp),
  validator_address: scalar(6, bytes),
  validator_index: scalar(7, int32),
  signature: scalar(8, bytes),
});
export type Vote = Infer<typeof Vote>;

/**
 * Checks what needs no validators.
 * @throws ChainError
 */
export function checkVote(vote: Vote): void {
  if (vote.type !== SIGNED_MSG_TYPE.prevote && vote.type !== SIGNED_MSG_TYPE.precommit) {
    throw malformed("unknown vote type", { type: vote.type });
  }
  if (vote.height <= 0n || vote.round < 0 || vote.validator_index < 0)
    throw malformed("vote position out of range");
  checkBlockId(vote.block_id);
  if (!isNilBlockId(vote.block_id) && !isCompleteBlockId(vote.block_id))
    throw malformed("vote for half a block id");
  if (vote.validator_address.length !== ADDRESS_SIZE) throw malformed("vote address is not 20 bytes");
  if (vote.signature.length === 0 || vote.signature.length > MAX_SIGNATURE_SIZE) {
    throw malformed("vote signature is missing or too long");
  }
}

/** The entry that a precommit becomes in a commit; null: none was seen. */
export function commitSigOf(precommit: Vote | null): CommitSig {
  if (precommit === null) return ABSENT_COMMIT_SIG;
  return {
    block_id_flag: isNilBlockId(precommit.block_id) ? BLOCK_ID_FLAG.nil : BLOCK_ID_FLAG.commit,
    validator_address: precommit.validator_address,
    timestamp: precommit.timestamp,
    signature: precommit.signature,
  };
}

/** The precommit behind an entry of a commit; null where the entry is absent. */
export function precommitOf(commit: Commit, index: number): Vote | null {
  const signature = commit.signatures[index];
  if (signature === undefined || signature.block_id_flag === BLOCK_ID_FLAG.absent) return null;
  return {
    type: SIGNED_MSG_TYPE.precommit,
    height: commit.height,
    round: commit.round,
    block_id: votedBlockId(commit, signature),
    timestamp: signature.timestamp,
    validator_address: signature.validator_address,
    validator_index: index,
    signature: signature.signature,
  };
}
