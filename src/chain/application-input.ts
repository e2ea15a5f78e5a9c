import type { BlockInput, LastCommitInfo, ProposalInput } from "./application.ts";
import type { Block } from "./block.ts";
import { BLOCK_ID_FLAG, type Commit } from "./commit.ts";
import { misbehaviorOf } from "./evidence/evidence.ts";
import type { ValidatorSet } from "./validator-set.ts";

/** What the application is told about a commit, by the validators of the commit's height. */
export function lastCommitInfo({ round, signatures }: Commit, validators: ValidatorSet): LastCommitInfo {
  return {
    round,
    votes: signatures.map(({ block_id_flag }, index) => {
      const { address, voting_power } = validators.validators[index]!;
      return { address, power: voting_power, signed: block_id_flag !== BLOCK_ID_FLAG.absent };
    }),
  };
}

/** The block as the application sees a proposal of it. */
export function proposalInput(
  { header, txs, evidence, last_commit }: Block,
  lastValidators: ValidatorSet,
): ProposalInput {
  return {
    height: header.height,
    time: header.time,
    proposerAddress: header.proposer_address,
    lastCommit: lastCommitInfo(last_commit, lastValidators),
    misbehavior: evidence.flatMap(misbehaviorOf),
    nextValidatorsHash: header.next_validators_hash,
    txs,
  };
}

/** The block as the application executes it. */
export function blockInput(block: Block, hash: Uint8Array, lastValidators: ValidatorSet): BlockInput {
  return { hash, ...proposalInput(block, lastValidators) };
}
