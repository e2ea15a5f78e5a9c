import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Application, BlockResults } from "./application.ts";
import { blockInput, proposalInput } from "./application-input.ts";
import { type Block, dataSize, maxDataSize } from "./block.ts";
import type { ChainState } from "./chain-state.ts";
import { stateAfterBlock } from "./chain-state.ts";
import type { ChainStore, StoredBlock } from "./chain-store.ts";
import type { Commit } from "./commit.ts";
import { ChainError, invalid } from "./errors.ts";
import { evidenceSize } from "./evidence/evidence.ts";
import type { EvidencePool } from "./evidence/evidence-pool.ts";
import { makeBlock } from "./make-block.ts";
import type { BlockLimits, Mempool } from "./mempool.ts";
import type { Decision } from "./rounds/round-input.ts";
import { validateBlock } from "./validate-block.ts";

/** A block right after its commit. */
export interface CommittedBlock extends StoredBlock {
  readonly height: bigint;
  readonly results: BlockResults;
}

export interface BlockExecutorDeps {
  application: Application;
  store: ChainStore;
  mempool: Mempool;
  logger: Logger;
  evidence: EvidencePool;
  /** Memory of signatures that were verified; best the application's. */
  known?: KnownSignatures | undefined;
}

/** Makes, judges and executes blocks. */
export class BlockExecutor {
  readonly #deps: BlockExecutorDeps;
  /** Blocks that passed validation on `#validState`: a round asks several times. */
  #valid = new WeakSet<Block>();
  #validState: ChainState | null = null;

  constructor(deps: BlockExecutorDeps) {
    this.#deps = deps;
  }

  get known(): KnownSignatures | undefined {
    return this.#deps.known;
  }

  /**
   * The next block, of the mempool's transactions as the application completes them.
   * @throws ChainError when the application gives more than fits
   */
  createBlock(state: ChainState, lastCommit: Commit, proposerAddress: Uint8Array): Block {
    const { application, mempool } = this.#deps;
    const evidence = this.#deps.evidence.pending(state.consensus_params.evidence.max_bytes);
    const limits = blockLimits(state, evidenceSize(evidence));
    const content = { txs: [], evidence, lastCommit, proposerAddress };
    const draft = proposalInput(makeBlock(state, content), state.last_validators);
    const txs = application.prepareProposal({
      ...draft,
      txs: mempool.reap(limits),
      maxTxBytes: limits.maxDataBytes,
    });
    if (dataSize(txs) > limits.maxDataBytes) {
      throw invalid("the application proposes more than fits into a block", { txs: txs.length });
    }
    return makeBlock(state, { ...content, txs });
  }

  /** Whether a block keeps the rules; the one check for our own proposals and for those of others. */
  isValid(state: ChainState, block: Block): boolean {
    if (this.#validState === state && this.#valid.has(block)) return true;
    try {
      validateBlock(state, block, this.#deps.known);
      this.#deps.evidence.check(state, block.evidence);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      const { code, data } = error;
      this.#deps.logger.warn(
        { height: block.header.height, code, reason: error.message, data },
        "invalid block",
      );
      return false;
    }
    if (this.#validState !== state) {
      this.#validState = state;
      this.#valid = new WeakSet();
    }
    this.#valid.add(block);
    return true;
  }

  /** Whether the application accepts a block. */
  isAcceptable(state: ChainState, block: Block, hash: Uint8Array): boolean {
    const isAccepted = this.#deps.application.processProposal(blockInput(block, hash, state.last_validators));
    if (!isAccepted)
      this.#deps.logger.warn({ height: block.header.height }, "the application refuses a proposed block");
    return isAccepted;
  }

  /**
   * Executes and stores a decided block.
   *
   * On disk in this order, so that a stop at any moment can be made good (see `catchUp`): the block with its commit
   * and results; the application's state; the chain's state.
   * @throws ChainError when the results contradict the rules; whatever the application throws
   */
  execute(state: ChainState, decision: Decision): { state: ChainState; committed: CommittedBlock } {
    const { application, store, mempool, evidence } = this.#deps;
    const { block, blockId, encoded } = decision;
    const results = application.finalizeBlock(blockInput(block, blockId.hash, state.last_validators));
    const nextWithoutAppHash = stateAfterResults(state, decision, results);
    store.saveBlock(decision, results);
    const { appHash } = application.commit();
    const next = { ...nextWithoutAppHash, app_hash: appHash };
    store.saveState(next, () => evidence.update(next, block.evidence));
    mempool.update(block.txs, results.txResults, blockLimits(next));
    const { height } = block.header;
    return {
      state: next,
      committed: { height, block, hash: blockId.hash, size: BigInt(encoded.length), results },
    };
  }
}

/** State after a block, all but the application's hash. */
export function stateAfterResults(
  state: ChainState,
  { block, blockId }: Pick<Decision, "block" | "blockId">,
  results: BlockResults,
): ChainState {
  if (results.txResults.length !== block.txs.length) {
    throw invalid("the application gave not one result per transaction", { height: block.header.height });
  }
  return stateAfterBlock(state, blockId, block.header, results, new Uint8Array(0));
}

/** What the next block has room for, with so many bytes of evidence in it. */
export function blockLimits(
  { consensus_params: { block }, validators }: ChainState,
  evidenceBytes = 0n,
): BlockLimits {
  return {
    maxDataBytes: maxDataSize(block.max_bytes, evidenceBytes, validators.size),
    maxGas: block.max_gas,
  };
}
