import type { BlockResults, CheckResult, TxResult } from "../chain/application.ts";
import type { Block } from "../chain/block.ts";
import type { Commit } from "../chain/commit.ts";
import type { ConsensusParams } from "../chain/consensus-params.ts";
import type { Evidence } from "../chain/evidence/evidence.ts";
import type { ValidatorSet } from "../chain/validator-set.ts";
import type { Namespace, PublicKey } from "../codec/common-types.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Status as ConsensusStatus } from "../types/api-consensus.ts";
import type { Status } from "../types/api-control.ts";
import type {
  RuntimeEvent,
  SubmitTxMetaResponse,
  TransactionWithResults,
} from "../types/api-runtime-client.ts";
import type { GetLastSyncedRoundResponse } from "../types/api-storage-worker.ts";
import type { Transaction } from "../types/consensus.ts";
import type { Document } from "../types/genesis.ts";
import type { AnnotatedBlock, Block as RuntimeBlock } from "../types/roothash-block.ts";
import type { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse } from "../types/storage.ts";
import type { Descriptor } from "../types/upgrade.ts";
import type { RoundVotes } from "./next-block-state.ts";
import type { QueryRequest } from "./requests.ts";

/** Everything that the API needs from the node. Absent parts: their services are not served (unknown service). */
export interface Backends {
  readonly node: NodeBackend;
  readonly consensus?: ConsensusBackend;
  readonly runtime?: RuntimeBackend;
  /** Only where unsafe debug options are on. */
  readonly debug?: DebugBackend;
}

/** What steers a test network: `DebugController`. */
export interface DebugBackend {
  /** Has the network's mock beacon begin an epoch; resolves when it has. */
  setEpoch(epoch: bigint, signal: AbortSignal): Promise<void>;
  /** Resolves when at least so many nodes are registered. */
  waitNodesRegistered(count: bigint, signal: AbortSignal): Promise<void>;
}

/** Control of the node as a whole: `NodeController`, `/livez` and `/readyz`. */
export interface NodeBackend {
  /** Stops the node. With `wait` resolves when it has deregistered, otherwise at once. */
  requestShutdown(wait: boolean, signal: AbortSignal): Promise<void>;
  isSynced(): boolean;
  waitSync(signal: AbortSignal): Promise<void>;
  isReady(): boolean;
  waitReady(signal: AbortSignal): Promise<void>;
  /** What the node waits for, one line each, for `/readyz`; empty when ready. */
  blockers(): readonly string[];
  getStatus(): Promise<Status>;
  /** @throws upgrade/5 when an equal upgrade is pending. */
  upgradeBinary(descriptor: Descriptor): Promise<void>;
  /** @throws upgrade/6 when it is in progress. An unknown descriptor is no error. */
  cancelUpgrade(descriptor: Descriptor): Promise<void>;
  /** Loads the bundle file at `path` of the node's machine. */
  addBundle(path: string): Promise<void>;
}

/** A block of the block store. */
export interface StoredBlock {
  readonly block: Block;
  /** Header hash, 32 bytes. */
  readonly hash: Uint8Array;
  /** Length of the block's protobuf encoding in bytes. */
  readonly size: bigint;
}

/** A block right after its commit. */
export interface CommittedBlock extends StoredBlock {
  readonly height: bigint;
  readonly results: BlockResults;
}

/** What became of a submitted transaction: refused by the check, or executed (well or not) in a block. */
export type SubmitOutcome =
  | { readonly stage: "check"; readonly result: CheckResult }
  | { readonly stage: "block"; readonly height: bigint; readonly index: number; readonly result: TxResult };

/**
 * The consensus layer of this node: block store, state, mempool.
 *
 * Reads are synchronous; "at" readers answer `null` for what is not there (future, pruned). They never throw for a
 * height. The API turns absence into the errors of api.md 2.0.
 */
export interface ConsensusBackend {
  readonly genesis: Document;
  /** Hash of the genesis document, 64 hex characters. */
  readonly chainContext: string;
  /**
   * Set where blocks and state are asked of others: then also those below {@link lastRetainedHeight} may be had, and
   * the whole state is too much to ask for.
   */
  readonly keepsNothing?: boolean;
  /** Last committed height, 0 before the first block. */
  latestHeight(): bigint;
  /** Lowest height of the block store. */
  lastRetainedHeight(): bigint;
  /** State after the block at `height`; a state is there until it is pruned. */
  stateAt(height: bigint): ReadonlyTree | null;
  blockAt(height: bigint): StoredBlock | null;
  resultsAt(height: bigint): BlockResults | null;
  /** Commit for the block at `height`: canonical, or the one seen at the head. */
  commitAt(height: bigint): Commit | null;
  /** Validators in charge of `height`; known for up to two heights after the last block. */
  validatorsAt(height: bigint): ValidatorSet | null;
  /** Rules of the chain in force at `height`. */
  paramsAt(height: bigint): ConsensusParams | null;
  /**
   * Puts a signed transaction (canonical CBOR) into the mempool.
   * `until` = `check`: resolves once checked; `block`: once executed, or refused by a check or a re-check.
   * @throws consensus/5 for a duplicate, uncoded errors for a full mempool or an oversized transaction.
   */
  submitTx(tx: Uint8Array, until: "check" | "block", signal: AbortSignal): Promise<SubmitOutcome>;
  unconfirmedTransactions(signal: AbortSignal): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Votes for the block being decided; null while the node takes no part in the rounds. */
  roundVotes(): RoundVotes | null;
  /** Verifies evidence of misbehaviour and keeps what is new for a block. @throws ChainError when it does not hold */
  submitEvidence(evidence: Evidence, signal: AbortSignal): void | Promise<void>;
  /** Gas that `transaction` would use on the latest state. Errors of the simulation are ignored. */
  estimateGas(signer: PublicKey, transaction: Transaction, signal: AbortSignal): bigint | Promise<bigint>;
  status(): ConsensusStatus;
  /** Merkle tree reader over consensus state for stateless nodes. */
  readonly sync: StateSync;
  /** Calls `listener` after each commit, in order of height. */
  onBlock(listener: (block: CommittedBlock) => void): Disposer;
  /** Calls `listener` for each executor commitment seen in the mempool. */
  onExecutorCommitment(listener: (runtimeId: Namespace, commitment: Uint8Array) => void): Disposer;
}

/** Authenticated reads of a Merkle tree. Errors: storage/mkvs/db. */
export interface StateSync {
  get(request: GetRequest): Promise<ProofResponse>;
  getPrefixes(request: GetPrefixesRequest): Promise<ProofResponse>;
  iterate(request: IterateRequest): Promise<ProofResponse>;
}

/**
 * The ParaTimes of this node. `round` may be `ROUND_LATEST`.
 *
 * A ParaTime that is not configured: uncoded `runtime/registry: runtime <hex> not found` from the history readers,
 * runtime/client/6 from what needs a hosted ParaTime (api.md 2.11).
 */
export interface RuntimeBackend {
  /** Resolves when the transaction's round is final, or with `check_tx_error` when the check refused it. */
  submitTx(runtimeId: Namespace, data: Uint8Array, signal: AbortSignal): Promise<SubmitTxMetaResponse>;
  /** Resolves once the transaction is in the pool. `check_tx_error` as above. */
  submitTxNoWait(runtimeId: Namespace, data: Uint8Array, signal: AbortSignal): Promise<SubmitTxMetaResponse>;
  /** Only the check. */
  checkTx(runtimeId: Namespace, data: Uint8Array, signal: AbortSignal): Promise<SubmitTxMetaResponse>;
  genesisBlock(runtimeId: Namespace): Promise<RuntimeBlock>;
  block(runtimeId: Namespace, round: bigint): Promise<RuntimeBlock>;
  lastRetainedBlock(runtimeId: Namespace): Promise<RuntimeBlock>;
  transactions(runtimeId: Namespace, round: bigint): Promise<Uint8Array[]>;
  transactionsWithResults(runtimeId: Namespace, round: bigint): Promise<TransactionWithResults[] | null>;
  unconfirmedTransactions(runtimeId: Namespace): Promise<Uint8Array[] | null>;
  events(runtimeId: Namespace, round: bigint): Promise<RuntimeEvent[]>;
  query(request: QueryRequest, signal: AbortSignal): Promise<Uint8Array>;
  /** The last round that is stored; zeros before the first. @throws worker/storage/1 when the ParaTime is not configured */
  lastSyncedRound(runtimeId: Namespace): GetLastSyncedRoundResponse;
  /** Authenticated reads of a ParaTime's state; the root's namespace tells which. */
  sync(runtimeId: Namespace): StateSync;
  /**
   * Calls `listener` for each block whose state is stored locally, in order of rounds, at first with the last one
   * there is (during this call).
   * @throws uncoded when the ParaTime is not configured.
   */
  onBlock(runtimeId: Namespace, listener: (block: AnnotatedBlock) => void): Disposer;
}
