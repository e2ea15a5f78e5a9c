import { equal } from "../codec/bytes.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import { type Block, checkBlock } from "./block.ts";
import { equalBlockIds } from "./block-id.ts";
import { type ChainState, nextHeight } from "./chain-state.ts";
import { consensusParamsHash } from "./consensus-params.ts";
import { ChainError, invalid } from "./errors.ts";
import { evidenceSize } from "./evidence/evidence.ts";
import { medianTime } from "./median-time.ts";
import { verifyCommit } from "./verify-commit.ts";

/**
 * Whether a block may follow on the state: the one check for proposals, decided blocks, synced blocks and recorded
 * ones (cometbft.md section 5). Evidence is checked only in form and size here.
 *
 * The proposer must be a validator; that it was its turn cannot be told from the block.
 * @param known signatures that were verified already
 * @throws ChainError naming the first thing that is wrong
 */
export function validateBlock(state: ChainState, block: Block, known?: KnownSignatures): void {
  checkBlock(block);
  validateInState(state, block, known);
}

/** The rest of {@link validateBlock} for a block that `checkBlock` has passed. @throws ChainError */
export function validateInState(state: ChainState, block: Block, known?: KnownSignatures): void {
  const { header } = block;
  if (header.version.app !== state.version.app || header.version.block !== state.version.block) {
    throw invalid("block version differs", { got: header.version, want: state.version });
  }
  requireSame("chain id", header.chain_id, state.chain_id);
  requireSame("height", header.height, nextHeight(state));
  if (!equalBlockIds(header.last_block_id, state.last_block_id)) throw invalid("last block id differs");
  requireHash("app hash", header.app_hash, state.app_hash);
  requireHash("consensus hash", header.consensus_hash, consensusParamsHash(state.consensus_params));
  requireHash("last results hash", header.last_results_hash, state.last_results_hash);
  requireHash("validators hash", header.validators_hash, state.validators.hash);
  requireHash("next validators hash", header.next_validators_hash, state.next_validators.hash);
  validateLastCommit(state, block, known);
  if (state.validators.get(header.proposer_address) === null) throw invalid("proposer is no validator");
  validateTime(state, block);
  const evidenceBytes = evidenceSize(block.evidence);
  if (evidenceBytes > state.consensus_params.evidence.max_bytes) {
    throw new ChainError("evidence", "block has too much evidence", { bytes: evidenceBytes });
  }
}

function validateLastCommit(
  state: ChainState,
  { header, last_commit }: Block,
  known: KnownSignatures | undefined,
): void {
  if (header.height === state.initial_height) {
    if (last_commit.signatures.length !== 0) throw invalid("the first block has a commit for an earlier one");
    return;
  }
  const claim = {
    chainId: state.chain_id,
    height: header.height - 1n,
    blockId: state.last_block_id,
    validators: state.last_validators,
    known,
  };
  verifyCommit(claim, last_commit);
}

function validateTime(state: ChainState, { header, last_commit }: Block): void {
  if (header.height === state.initial_height) {
    requireSame("time of the first block", header.time, state.last_block_time);
    return;
  }
  if (header.time <= state.last_block_time) {
    throw invalid("block time is not after the last", { got: header.time, last: state.last_block_time });
  }
  requireSame("time", header.time, medianTime(last_commit, state.last_validators));
}

function requireSame<T>(name: string, got: T, want: T): void {
  if (got !== want) throw invalid(`block ${name} differs`, { got, want });
}

function requireHash(name: string, got: Uint8Array, want: Uint8Array): void {
  if (!equal(got, want)) throw invalid(`block ${name} differs`, { got, want });
}
