import { equal } from "../../codec/bytes.ts";
import { BLOCK_ID_FLAG, type Commit } from "../commit.ts";
import type { Header } from "../header.ts";
import { headerHash } from "../header.ts";
import { fromLightBlockProto, type LightBlock } from "../light-block.ts";
import type { Validator } from "../validator.ts";
import { compareValidators, type ValidatorSet } from "../validator-set.ts";
import { verifyCommitLight, verifyCommitTrusting } from "../verify-commit.ts";
import type { LightClientAttackEvidence } from "./evidence.ts";
import { invalidEvidence } from "./verify-duplicate-vote.ts";

/** Trust level of light clients. */
const ONE_THIRD = { numerator: 1n, denominator: 3n };

export interface SignedHeader {
  header: Header;
  commit: Commit;
}

/** What this node knows where the attack took place. */
export interface AttackedChain {
  /** Height that both the attacker's block and our chain go back to. */
  commonHeight: bigint;
  commonValidators: ValidatorSet;
  /** Our block of the conflicting height, or our newest when we are not there yet. */
  trusted: SignedHeader;
}

/**
 * Whether validators really signed a block that contradicts the chain, and are all named (cometbft.md 4.7).
 * @throws ChainError
 */
export function verifyLightClientAttack(evidence: LightClientAttackEvidence, chain: AttackedChain): void {
  const { commonHeight, commonValidators, trusted } = chain;
  const { chain_id } = trusted.header;
  const conflicting = fromLightBlockProto(evidence.conflicting_block!);
  const { header, commit, validators } = conflicting;
  if (commonHeight !== header.height) {
    verifyCommitTrusting(chain_id, commonValidators, commit, ONE_THIRD, "all");
  } else if (hasOtherState(header, trusted.header)) {
    throw invalidEvidence("the conflicting block of the common height does not follow from the chain");
  }
  const claim = { chainId: chain_id, height: header.height, blockId: commit.block_id, validators };
  verifyCommitLight(claim, commit, "all");
  if (evidence.total_voting_power !== commonValidators.totalVotingPower) {
    throw invalidEvidence("total voting power differs from the validator set's");
  }
  if (header.height > trusted.header.height && header.time > trusted.header.time) {
    throw invalidEvidence("the conflicting block is later than everything we know");
  }
  if (equal(headerHash(header), headerHash(trusted.header)))
    throw invalidEvidence("the blocks do not conflict");
  const expected = byzantineValidators(conflicting, chain);
  const named = evidence.byzantine_validators;
  if (named.length !== expected.length || !expected.every((validator, i) => isSame(validator, named[i]!))) {
    throw invalidEvidence("the named validators are not those who misbehaved");
  }
}

/**
 * Who misbehaved: those of the common validators who signed a made-up state; or those who signed both blocks of a
 * round. Nobody can be named when the blocks are of different rounds.
 */
export function byzantineValidators(conflicting: LightBlock, chain: AttackedChain): Validator[] {
  const { commit } = conflicting;
  if (hasOtherState(conflicting.header, chain.trusted.header)) {
    return commit.signatures
      .filter(({ block_id_flag }) => block_id_flag === BLOCK_ID_FLAG.commit)
      .map(({ validator_address }) => chain.commonValidators.get(validator_address))
      .filter((validator) => validator !== null)
      .sort(compareValidators);
  }
  const trustedCommit = chain.trusted.commit;
  if (commit.round !== trustedCommit.round) return [];
  return commit.signatures
    .filter(({ block_id_flag }, index) => {
      const other = trustedCommit.signatures[index]?.block_id_flag ?? BLOCK_ID_FLAG.absent;
      return block_id_flag !== BLOCK_ID_FLAG.absent && other !== BLOCK_ID_FLAG.absent;
    })
    .map(({ validator_address }) => conflicting.validators.get(validator_address))
    .filter((validator) => validator !== null)
    .sort(compareValidators);
}

/** Whether a header claims other validators, parameters, state or results than the chain's. */
export function hasOtherState(header: Header, trusted: Header): boolean {
  return (
    !equal(header.validators_hash, trusted.validators_hash) ||
    !equal(header.next_validators_hash, trusted.next_validators_hash) ||
    !equal(header.consensus_hash, trusted.consensus_hash) ||
    !equal(header.app_hash, trusted.app_hash) ||
    !equal(header.last_results_hash, trusted.last_results_hash)
  );
}

function isSame(a: Validator, b: Validator): boolean {
  return equal(a.address, b.address) && a.voting_power === b.voting_power;
}
