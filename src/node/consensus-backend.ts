import type {
  CommittedBlock,
  ConsensusBackend,
  StateSync,
  StoredBlock,
  SubmitOutcome,
} from "../api/backend.ts";
import { consensusStatus, type StatusFacts } from "../api/consensus-status.ts";
import type { RoundVotes } from "../api/next-block-state.ts";
import type { BlockResults } from "../chain/application.ts";
import type { ChainEngine } from "../chain/chain-engine.ts";
import type { Commit } from "../chain/commit.ts";
import type { ConsensusParams } from "../chain/consensus-params.ts";
import type { Evidence } from "../chain/evidence/evidence.ts";
import type { SignatureFigures } from "../chain/own-signatures.ts";
import type { ValidatorSet } from "../chain/validator-set.ts";
import type { Namespace, PublicKey } from "../codec/common-types.ts";
import { decode, encode } from "../codec/schema.ts";
import type { ConsensusApplication } from "../consensus/application.ts";
import { MkvsTree } from "../storage/mkvs/mkvs-tree.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Status } from "../types/api-consensus.ts";
import { SignedTransaction, Transaction } from "../types/consensus.ts";
import type { Document } from "../types/genesis.ts";
import { ExecutorCommit } from "../types/roothash.ts";
import { ExecutorCommitment } from "../types/roothash-commitment.ts";
import { ROOT_STATE } from "../types/storage.ts";
import { stateSync } from "../workers/state-sync.ts";

export interface ConsensusBackendDeps {
  genesis: Document;
  chainContext: string;
  engine: ChainEngine;
  application: ConsensusApplication;
  db: NodeDb;
  /** What only the node knows of its consensus status. */
  statusFacts(): StatusFacts;
}

/** The consensus layer as API and workers see it: block store, state and mempool of this node. */
export class NodeConsensus implements ConsensusBackend {
  readonly genesis: Document;
  readonly chainContext: string;
  readonly sync: StateSync;
  readonly #deps: ConsensusBackendDeps;

  constructor(deps: ConsensusBackendDeps) {
    this.#deps = deps;
    this.genesis = deps.genesis;
    this.chainContext = deps.chainContext;
    this.sync = stateSync((root) => MkvsTree.open(deps.db, root));
  }

  latestHeight(): bigint {
    return this.#deps.engine.latestHeight;
  }

  lastRetainedHeight(): bigint {
    return this.#deps.engine.oldestHeight;
  }

  stateAt(height: bigint): MkvsTree | null {
    if (height > this.#deps.engine.latestHeight) return null;
    const root = this.#deps.db
      .rootsForVersion(height)
      .find((candidate) => candidate.root_type === ROOT_STATE);
    return root === undefined ? null : MkvsTree.open(this.#deps.db, root);
  }

  blockAt(height: bigint): StoredBlock | null {
    return this.#deps.engine.blockAt(height);
  }

  resultsAt(height: bigint): BlockResults | null {
    return this.#deps.engine.resultsAt(height);
  }

  commitAt(height: bigint): Commit | null {
    return this.#deps.engine.commitAt(height);
  }

  validatorsAt(height: bigint): ValidatorSet | null {
    return this.#deps.engine.validatorsAt(height);
  }

  paramsAt(height: bigint): ConsensusParams | null {
    return this.#deps.engine.paramsAt(height);
  }

  submitTx(tx: Uint8Array, until: "check" | "block", signal: AbortSignal): Promise<SubmitOutcome> {
    return this.#deps.engine.submitTx(tx, until, signal);
  }

  unconfirmedTransactions(): readonly Uint8Array[] {
    return this.#deps.engine.unconfirmedTransactions();
  }

  roundVotes(): RoundVotes | null {
    const { rounds } = this.#deps.engine;
    if (rounds === null) return null;
    const { height, round, validators, votes } = rounds;
    const [prevotes, precommits] = [votes.prevotes(round), votes.precommits(round)];
    return {
      height,
      validators,
      hasPrevoted: (index) => (prevotes?.vote(index) ?? null) !== null,
      hasPrecommitted: (index) => (precommits?.vote(index) ?? null) !== null,
    };
  }

  /** What became of this node's signatures as a validator; null when it has none. */
  signatures(): SignatureFigures | null {
    return this.#deps.engine.signatures.figures;
  }

  submitEvidence(evidence: Evidence): void {
    this.#deps.engine.receiveEvidence(evidence);
  }

  estimateGas(signer: PublicKey, transaction: Transaction): bigint {
    return this.#deps.application.estimateGas(signer, transaction);
  }

  status(): Status {
    return consensusStatus(this, this.#deps.statusFacts());
  }

  onBlock(listener: (block: CommittedBlock) => void): Disposer {
    return this.#deps.engine.onBlock(listener);
  }

  onExecutorCommitment(listener: (runtimeId: Namespace, commitment: Uint8Array) => void): Disposer {
    return this.#deps.engine.onTransaction((tx) => {
      for (const { id, commitment } of commitmentsIn(tx))
        listener(id, encode(ExecutorCommitment, commitment));
    });
  }

  /** The state after the last block; null before the first. */
  latestState(): ReadonlyTree | null {
    return this.#deps.application.state;
  }
}

/** Executor commitments in a transaction that passed its check. */
function commitmentsIn(tx: Uint8Array): { id: Namespace; commitment: ExecutorCommitment }[] {
  const { method, body } = decode(Transaction, decode(SignedTransaction, tx).untrusted_raw_value);
  if (method !== "roothash.ExecutorCommit") return [];
  const { id, commits } = decode(ExecutorCommit, body);
  return (commits ?? []).map((commitment) => ({ id, commitment }));
}
