import { equal } from "../codec/bytes.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import { type BlockID, equalBlockIds } from "./block-id.ts";
import { BLOCK_ID_FLAG, type Commit } from "./commit.ts";
import { verifyConsensusSignature } from "./consensus-signature.ts";
import { ChainError, invalid } from "./errors.ts";
import { INT64_MAX } from "./int64.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import type { Validator } from "./validator.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { precommitOf } from "./vote.ts";

/** What a commit is checked against. */
export interface CommitClaim {
  chainId: string;
  height: bigint;
  blockId: BlockID;
  /** The validators of that height. */
  validators: ValidatorSet;
  /** Signatures that were verified already. */
  known?: KnownSignatures | undefined;
}

/** Which signatures count: those for the block until there are enough, or every one that is there. */
export type CommitScope = "enough" | "all";

/** A share of voting power, e.g. one third. */
export interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/**
 * The check of block validation: every signature that is there, also for nil, must be valid and stand in its
 * validator's place, and more than two thirds of the power must be for the block (cometbft.md 4.5).
 * @throws ChainError
 */
export function verifyCommit(claim: CommitClaim, commit: Commit): void {
  checkClaim(claim, commit);
  let tallied = 0n;
  for (const [index, { block_id_flag, validator_address }] of commit.signatures.entries()) {
    if (block_id_flag === BLOCK_ID_FLAG.absent) continue;
    const validator = claim.validators.validators[index]!;
    if (!equal(validator.address, validator_address))
      throw invalid("commit signature of another validator", { index });
    verifyEntry(claim.chainId, commit, index, validator, claim.known);
    if (block_id_flag === BLOCK_ID_FLAG.commit) tallied += validator.voting_power;
  }
  requirePower(tallied, twoThirds(claim.validators));
}

/**
 * The check of light clients and block sync: signatures for the block, until there is more than two thirds of the
 * power. Addresses are not compared. With scope `all`, as evidence needs it, every signature is checked and counted.
 * @throws ChainError
 */
export function verifyCommitLight(claim: CommitClaim, commit: Commit, scope: CommitScope = "enough"): void {
  checkClaim(claim, commit);
  const needed = twoThirds(claim.validators);
  let tallied = 0n;
  for (const index of countedEntries(commit, scope)) {
    const validator = claim.validators.validators[index]!;
    verifyEntry(claim.chainId, commit, index, validator, claim.known);
    tallied += validator.voting_power;
    if (scope === "enough" && tallied > needed) return;
  }
  requirePower(tallied, needed);
}

/**
 * The check of a commit by validators of another height: those who are still known must hold more than `trustLevel`
 * of the trusted power.
 * @throws ChainError
 */
export function verifyCommitTrusting(
  chainId: string,
  trusted: ValidatorSet,
  commit: Commit,
  trustLevel: Fraction,
  scope: CommitScope = "enough",
): void {
  const product = trusted.totalVotingPower * trustLevel.numerator;
  if (trustLevel.denominator <= 0n || product > INT64_MAX) throw invalid("trust level is out of range");
  const needed = product / trustLevel.denominator;
  const seen = new Set<number>();
  let tallied = 0n;
  for (const index of countedEntries(commit, scope)) {
    const trustedIndex = trusted.indexOf(commit.signatures[index]!.validator_address);
    if (trustedIndex < 0) continue;
    if (seen.has(trustedIndex)) throw invalid("two signatures of one validator in a commit", { index });
    seen.add(trustedIndex);
    const validator = trusted.validators[trustedIndex]!;
    verifyEntry(chainId, commit, index, validator);
    tallied += validator.voting_power;
    if (scope === "enough" && tallied > needed) return;
  }
  requirePower(tallied, needed);
}

function checkClaim({ validators, height, blockId }: CommitClaim, commit: Commit): void {
  if (commit.signatures.length !== validators.size) {
    throw invalid("commit does not fit its validators", {
      got: commit.signatures.length,
      want: validators.size,
    });
  }
  if (commit.height !== height)
    throw invalid("commit of another height", { got: commit.height, want: height });
  if (!equalBlockIds(commit.block_id, blockId)) throw invalid("commit for another block");
}

function* countedEntries({ signatures }: Commit, scope: CommitScope): Iterable<number> {
  for (const [index, { block_id_flag }] of signatures.entries()) {
    if (scope === "all" ? block_id_flag !== BLOCK_ID_FLAG.absent : block_id_flag === BLOCK_ID_FLAG.commit)
      yield index;
  }
}

function verifyEntry(
  chainId: string,
  commit: Commit,
  index: number,
  validator: Validator,
  known?: KnownSignatures,
): void {
  const vote = precommitOf(commit, index)!;
  if (!verifyConsensusSignature(validator.pub_key, voteSignBytes(chainId, vote), vote.signature, known)) {
    throw new ChainError("signature", "commit signature does not verify", { index, height: commit.height });
  }
}

function twoThirds(validators: ValidatorSet): bigint {
  return (validators.totalVotingPower * 2n) / 3n;
}

function requirePower(tallied: bigint, needed: bigint): void {
  if (tallied <= needed)
    throw new ChainError("power", "not enough voting power behind a commit", { tallied, needed });
}
