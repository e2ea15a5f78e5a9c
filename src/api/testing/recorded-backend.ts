import type { BlockResults } from "../../chain/application.ts";
import { decodeBlock } from "../../chain/block.ts";
import { type ChainState, genesisState, stateAfterBlock } from "../../chain/chain-state.ts";
import type { Commit } from "../../chain/commit.ts";
import type { ConsensusParams } from "../../chain/consensus-params.ts";
import { makePartSet } from "../../chain/part-set.ts";
import { type RecordedHeight, readRecordedChain } from "../../chain/recorded-chain.ts";
import { decodeResults } from "../../chain/results.ts";
import type { ValidatorSet } from "../../chain/validator-set.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { cometGenesis } from "../../config/genesis/comet-genesis.ts";
import { parseGenesis } from "../../config/genesis/read-genesis.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { Overlay } from "../../storage/overlay.ts";
import { emptyTree, type ReadonlyTree } from "../../storage/tree.ts";
import { type Disposer, Emitter } from "../../telemetry/emitter.ts";
import { FEATURE_FULL_NODE, FEATURE_SERVICES, STATUS_READY, type Status } from "../../types/api-consensus.ts";
import { storageErrors } from "../../types/errors.ts";
import type { Document } from "../../types/genesis.ts";
import type { CommittedBlock, ConsensusBackend, StateSync, StoredBlock, SubmitOutcome } from "../backend.ts";
import { consensusStatus } from "../consensus-status.ts";
import type { RoundVotes } from "../next-block-state.ts";

interface Height {
  readonly stored: StoredBlock;
  readonly results: BlockResults;
  readonly recorded: RecordedHeight;
  /** State of the chain before the block. */
  readonly before: ChainState;
}

/**
 * A chain recorded from a network of the official node as the backend of the API: its blocks and results as they
 * were recorded, its state from the recorded writes. It stands at a height that {@link advance} moves.
 */
export class RecordedBackend implements ConsensusBackend {
  readonly genesis: Document;
  readonly chainContext: string;
  readonly sync: StateSync;
  readonly #heights = new Map<bigint, Height>();
  readonly #states = new Map<bigint, ReadonlyTree>();
  readonly #blocks = new Emitter<CommittedBlock>();
  readonly #commitments = new Emitter<readonly [Namespace, Uint8Array]>();
  readonly submitted: Uint8Array[] = [];
  /** What submitted transactions come to. */
  outcome: SubmitOutcome | null = null;
  readonly lastHeight: bigint;
  #latest: bigint;

  /** @param genesisText text of the genesis document @param chainPath path of the recording */
  constructor(genesisText: string, chainPath: string, at?: bigint) {
    this.genesis = parseGenesis(genesisText);
    this.chainContext = chainContext(this.genesis);
    const refuse = () => Promise.reject(storageErrors.unsupported());
    this.sync = { get: refuse, getPrefixes: refuse, iterate: refuse };
    const comet = cometGenesis(this.genesis, {
      debug: true,
      blacklist: createBlacklist({ allowTestKeys: true }),
    });
    let before: ChainState | null = null;
    for (const recorded of readRecordedChain(chainPath)) {
      const block = decodeBlock(recorded.block);
      before ??= genesisState(comet, { appHash: block.header.app_hash, validators: [] });
      const results = decodeResults(recorded.results);
      const stored = { block, hash: recorded.hash, size: BigInt(recorded.block.length) };
      this.#heights.set(recorded.height, { stored, results, recorded, before });
      const blockId = { hash: recorded.hash, part_set_header: makePartSet(recorded.block).header };
      before = stateAfterBlock(before, blockId, block.header, results, recorded.stateRoot);
    }
    this.lastHeight = [...this.#heights.keys()].at(-1)!;
    this.#latest = at ?? this.lastHeight;
  }

  /** Number of subscriptions that have not been disposed. */
  get listenerCount(): number {
    return this.#blocks.listenerCount + this.#commitments.listenerCount;
  }

  /** Commits the next recorded block. */
  advance(): void {
    this.#latest += 1n;
    const { stored, results } = this.#heights.get(this.#latest)!;
    this.#blocks.emit({ ...stored, height: this.#latest, results });
  }

  latestHeight(): bigint {
    return this.#latest;
  }

  lastRetainedHeight(): bigint {
    return this.genesis.height;
  }

  stateAt(height: bigint): ReadonlyTree | null {
    if (height < this.genesis.height || height > this.#latest) return null;
    const known = this.#states.get(height);
    if (known !== undefined) return known;
    const tree = new Overlay(emptyTree);
    for (let at = this.genesis.height; at <= height; at++) {
      for (const { key, value } of this.#heights.get(at)!.recorded.writes ?? []) {
        if (value === null) tree.remove(key);
        else tree.insert(key, value);
      }
    }
    this.#states.set(height, tree);
    return tree;
  }

  blockAt(height: bigint): StoredBlock | null {
    return this.#at(height)?.stored ?? null;
  }

  resultsAt(height: bigint): BlockResults | null {
    return this.#at(height)?.results ?? null;
  }

  commitAt(height: bigint): Commit | null {
    const next = this.#heights.get(height + 1n)?.stored.block.last_commit;
    return this.#at(height) === null ? null : (next ?? this.#heights.get(height)!.recorded.seenCommit);
  }

  validatorsAt(height: bigint): ValidatorSet | null {
    if (height > this.#latest + 1n) return null;
    const state = this.#heights.get(height)?.before;
    return state?.validators ?? null;
  }

  paramsAt(height: bigint): ConsensusParams | null {
    return this.#at(height)?.before.consensus_params ?? null;
  }

  async submitTx(tx: Uint8Array): Promise<SubmitOutcome> {
    this.submitted.push(tx);
    return this.outcome!;
  }

  /** Nobody votes in a recording: the last block stands for the next one, without a vote. */
  roundVotes(): RoundVotes {
    const height = this.#latest;
    const validators = this.validatorsAt(height)!;
    return { height, validators, hasPrevoted: () => false, hasPrecommitted: () => false };
  }

  submitEvidence(): void {
    throw storageErrors.unsupported();
  }

  unconfirmedTransactions(): readonly Uint8Array[] {
    return this.submitted;
  }

  estimateGas(): bigint {
    return 1234n;
  }

  status(): Status {
    return consensusStatus(this, {
      status: STATUS_READY,
      features: FEATURE_SERVICES | FEATURE_FULL_NODE,
      p2p: null,
      consensusAddress: new Uint8Array(20),
    });
  }

  onBlock(listener: (block: CommittedBlock) => void): Disposer {
    return this.#blocks.subscribe(listener);
  }

  /** Announces a commitment as if it had been seen in the mempool. */
  announceCommitment(runtimeId: Namespace, commitment: Uint8Array): void {
    this.#commitments.emit([runtimeId, commitment]);
  }

  onExecutorCommitment(listener: (runtimeId: Namespace, commitment: Uint8Array) => void): Disposer {
    return this.#commitments.subscribe(([id, commitment]) => listener(id, commitment));
  }

  #at(height: bigint): Height | null {
    return height > this.#latest ? null : (this.#heights.get(height) ?? null);
  }
}
