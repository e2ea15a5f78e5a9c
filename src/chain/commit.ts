import { BlockID, checkBlockId, isNilBlockId, NIL_BLOCK_ID } from "./block-id.ts";
import { malformed } from "./errors.ts";
import { merkleRoot } from "./merkle.ts";
import { ZERO_TIME } from "./time.ts";
import { ADDRESS_SIZE } from "./validator.ts";
import {
  bytes,
  embedded,
  encode,
  type Infer,
  int32,
  int64,
  message,
  repeated,
  type Scalar,
  scalar,
  timestamp,
} from "./wire.ts";

/** Longest signature that a vote may carry; only 64 bytes verify. */
export const MAX_SIGNATURE_SIZE = 64;

/** What a validator's entry in a commit says. */
export const BLOCK_ID_FLAG = { absent: 1, commit: 2, nil: 3 } as const;

/** The official node keeps the flag in one byte, whatever came over the wire. */
const blockIdFlag: Scalar<number> = { ...int32, read: (r) => int32.read(r) & 0xff };

/** One validator's part of a commit. Absent: all but the flag is zero, the time is {@link ZERO_TIME}. */
export const CommitSig = message("tendermint.types.CommitSig", {
  block_id_flag: scalar(1, blockIdFlag),
  validator_address: scalar(2, bytes),
  timestamp: embedded(3, timestamp),
  signature: scalar(4, bytes),
});
export type CommitSig = Infer<typeof CommitSig>;

/** Precommits of more than two thirds of the power for one block: one entry per validator, in set order. */
export const Commit = message("tendermint.types.Commit", {
  height: scalar(1, int64),
  round: scalar(2, int32),
  block_id: embedded(3, BlockID),
  signatures: repeated(4, CommitSig),
});
export type Commit = Infer<typeof Commit>;

/** The commit that the block at the initial height carries. */
export const EMPTY_COMMIT: Commit = Commit.zero();

/** The entry of a validator whose precommit is missing. */
export const ABSENT_COMMIT_SIG: CommitSig = {
  block_id_flag: BLOCK_ID_FLAG.absent,
  validator_address: new Uint8Array(0),
  timestamp: ZERO_TIME,
  signature: new Uint8Array(0),
};

/** Root over the signatures: the `last_commit_hash` of the next header. */
export function commitHash(commit: Commit): Uint8Array {
  return merkleRoot(commit.signatures.map((signature) => encode(CommitSig, signature)));
}

/** The block that an entry votes for: the commit's, or none. */
export function votedBlockId(commit: Commit, signature: CommitSig): BlockID {
  return signature.block_id_flag === BLOCK_ID_FLAG.commit ? commit.block_id : NIL_BLOCK_ID;
}

/**
 * Checks what needs no validators: ranges, and that each entry has what its flag promises.
 * @throws ChainError
 */
export function checkCommit(commit: Commit): void {
  checkBlockId(commit.block_id);
  for (const signature of commit.signatures) checkCommitSig(signature);
  if (commit.height < 0n || commit.round < 0) {
    throw malformed("commit height or round is negative", { height: commit.height, round: commit.round });
  }
  if (commit.height === 0n) return;
  if (isNilBlockId(commit.block_id)) throw malformed("commit for no block");
  if (commit.signatures.length === 0) throw malformed("commit without signatures");
}

function checkCommitSig({ block_id_flag, validator_address, timestamp, signature }: CommitSig): void {
  switch (block_id_flag) {
    case BLOCK_ID_FLAG.absent:
      if (validator_address.length !== 0 || timestamp !== ZERO_TIME || signature.length !== 0) {
        throw malformed("absent commit signature with content");
      }
      return;
    case BLOCK_ID_FLAG.commit:
    case BLOCK_ID_FLAG.nil:
      if (validator_address.length !== ADDRESS_SIZE)
        throw malformed("commit signature address is not 20 bytes");
      if (signature.length === 0 || signature.length > MAX_SIGNATURE_SIZE) {
        throw malformed("commit signature is missing or too long");
      }
      return;
    default:
      throw malformed("unknown commit signature flag", { flag: block_id_flag });
  }
}
