import { type Block, dataHash } from "./block.ts";
import { type ChainState, nextHeight } from "./chain-state.ts";
import { type Commit, commitHash } from "./commit.ts";
import { consensusParamsHash } from "./consensus-params.ts";
import { type Evidence, evidenceListHash } from "./evidence/evidence.ts";
import { medianTime } from "./median-time.ts";

/** What a proposer adds to the state to make the next block. */
export interface BlockContent {
  txs: Uint8Array[];
  evidence: Evidence[];
  /** Commit for the last block; empty at the initial height. */
  lastCommit: Commit;
  proposerAddress: Uint8Array;
}

/** The next block on the state, all header fields filled in. */
export function makeBlock(
  state: ChainState,
  { txs, evidence, lastCommit, proposerAddress }: BlockContent,
): Block {
  const height = nextHeight(state);
  return {
    header: {
      version: state.version,
      chain_id: state.chain_id,
      height,
      time:
        height === state.initial_height
          ? state.last_block_time
          : medianTime(lastCommit, state.last_validators),
      last_block_id: state.last_block_id,
      last_commit_hash: commitHash(lastCommit),
      data_hash: dataHash(txs),
      validators_hash: state.validators.hash,
      next_validators_hash: state.next_validators.hash,
      consensus_hash: consensusParamsHash(state.consensus_params),
      app_hash: state.app_hash,
      last_results_hash: state.last_results_hash,
      evidence_hash: evidenceListHash(evidence),
      proposer_address: proposerAddress,
    },
    txs,
    evidence,
    last_commit: lastCommit,
  };
}
