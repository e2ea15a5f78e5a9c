import type {
  Application,
  ApplicationInfo,
  BlockInput,
  BlockResults,
  CheckKind,
  CheckResult,
  CommitResult,
  InitChainInput,
  InitChainResult,
  PrepareProposalInput,
  ProposalInput,
} from "../chain/application.ts";
import { equal, toHex } from "../codec/bytes.ts";
import type { PublicKey } from "../codec/common-types.ts";
import { type Blacklist, createBlacklist } from "../crypto/blacklist.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { Signer, VerifyOptions } from "../crypto/signature.ts";
import { MkvsTree } from "../storage/mkvs/mkvs-tree.ts";
import { Overlay } from "../storage/overlay.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { Logger } from "../telemetry/logger.ts";
import { stakingAddress } from "../types/account-address.ts";
import type { Parameters, Transaction } from "../types/consensus.ts";
import { consensusErrors } from "../types/errors.ts";
import type { Document } from "../types/genesis.ts";
import type { VrfInput } from "./ahead/vrf-verifier.ts";
import { metadataResult, rejected } from "./application-results.ts";
import type { AttestationVerifier } from "./attestation.ts";
import { getVrfState } from "./beacon/state.ts";
import { BlockContext } from "./block-context.ts";
import { MAX_METADATA_SIZE, makeMetadataTransaction } from "./block-metadata.ts";
import { type ChainFacts, Context, type Mode } from "./context.ts";
import { TransactionOpener, transactionContext } from "./decode-transaction.ts";
import { currentEpoch } from "./epoch.ts";
import { InvariantError, StopError, TxError } from "./errors.ts";
import { estimateGas } from "./estimate-gas.ts";
import {
  type BlockEnvironment,
  type BlockObserver,
  type ExecutedBlock,
  executeBlock,
} from "./execute-block.ts";
import { executeTransaction, type TransactionRules } from "./execute-transaction.ts";
import { type HaltPoint, haltWhenDue } from "./halt.ts";
import { type GenesisState, initChain } from "./init-chain.ts";
import { getChainContext, getConsensusParameters } from "./params.ts";
import { executePossible, isSameProposal, takeUpTo } from "./proposal.ts";
import { ServiceTable } from "./service-table.ts";
import { services } from "./services.ts";
import type { StateStore } from "./state-store.ts";
import { type NextBlock, nextBlock } from "./upgrade/next-block.ts";

export interface ApplicationOptions {
  readonly document: Document;
  /** Hash of the document, 64 hex characters. */
  readonly chainContext: string;
  /** The network's debug mode: unsafe parameters are accepted. All its nodes set it alike. */
  readonly dontBlameOasis: boolean;
  /** Debug: keys whose secrets everybody knows are accepted. */
  readonly allowTestKeys: boolean;
  /** Lowest gas price for transactions to enter the mempool; not part of the protocol. */
  readonly minGasPrice: bigint;
  /** Where this node stops by itself. Absent: nowhere. */
  readonly halt?: HaltPoint;
}

export interface ApplicationDeps {
  readonly store: StateStore;
  readonly logger: Pick<Logger, "warn">;
  /** Consensus key of this node; null where it never proposes. */
  readonly proposer: Signer | null;
  /** Key whose transactions are exempt from the minimum gas price. */
  readonly ownTxSigner: PublicKey | null;
  readonly attestation: AttestationVerifier | null;
  readonly observer: BlockObserver | null;
  /** Signatures that were verified already, of blocks to come for example. */
  readonly known?: KnownSignatures;
  /**
   * Handlers of upgrades that the next block is for and that operators submitted to their nodes past governance.
   * Throws StopForUpgradeError when the node must not go on.
   */
  readonly localUpgrades?: (next: NextBlock) => readonly string[];
}

/** A block that was executed and is neither committed nor discarded yet. */
interface Execution {
  /** Hash of the block's header; null while this node builds the block. */
  hash: Uint8Array | null;
  readonly tree: MkvsTree;
  readonly executed: ExecutedBlock;
  /** What this node proposed; null for blocks of others. */
  readonly proposed: ProposalInput | null;
  readonly timeNs: bigint;
}

const NO_COMMIT = { round: 0, votes: [] };

/**
 * The deterministic state machine behind the chain: all services, over one state.
 *
 * A block may be executed several times before it is decided (as a proposal, as another proposal) and is executed on
 * a tree of its own each time; `commit` persists the tree of the last `finalizeBlock`.
 */
export class ConsensusApplication implements Application {
  readonly #options: ApplicationOptions;
  readonly #deps: ApplicationDeps;
  readonly #services = new ServiceTable(services);
  readonly #opener: TransactionOpener;
  readonly #blacklist: Blacklist;
  readonly #signatures: VerifyOptions;
  #genesis: GenesisState | null = null;
  #execution: Execution | null = null;
  /** The committed state, as CheckTx and queries see it; null before the first commit. */
  #committed: MkvsTree | null = null;
  #checkState: Overlay | null = null;
  /** Transactions that could not be executed in a block; they leave the mempool when it is checked again. */
  readonly #impossible = new WeakSet<Uint8Array>();
  #parameters: Readonly<Parameters>;
  #lastTimeNs: bigint;

  /** @throws InvariantError when the store holds the state of another network */
  constructor(options: ApplicationOptions, deps: ApplicationDeps) {
    this.#options = options;
    this.#deps = deps;
    const { params } = options.document.consensus;
    this.#blacklist = createBlacklist(options).with(params.public_key_blacklist ?? []);
    this.#signatures = { blacklist: this.#blacklist, ...(deps.known && { known: deps.known }) };
    this.#opener = new TransactionOpener(transactionContext(options.chainContext), this.#signatures);
    this.#parameters = params;
    this.#lastTimeNs = options.document.genesis_time ?? 0n;
    if (deps.store.last !== null) this.#adoptStored();
  }

  /**
   * Takes up a state that was put into the store from a checkpoint, as if its block had been executed.
   * @param timeNs time of that block
   * @throws InvariantError when it is the state of another network
   */
  adoptRestored(timeNs: bigint): void {
    this.#deps.store.reload();
    this.#execution = null;
    this.#genesis = null;
    this.#lastTimeNs = timeNs;
    this.#adoptStored();
  }

  info(): ApplicationInfo {
    const { last } = this.#deps.store;
    return last === null
      ? { lastHeight: 0n, lastAppHash: new Uint8Array(0) }
      : { lastHeight: last.version, lastAppHash: last.hash };
  }

  initChain({ initialHeight, validators }: InitChainInput): InitChainResult {
    const { document } = this.#options;
    if (initialHeight !== document.height) {
      throw new InvariantError(`initial height ${initialHeight} differs from the genesis document's`);
    }
    this.#genesis = initChain(this.#services, this.#facts(), document, validators);
    const tree = MkvsTree.empty();
    this.#genesis.writeTo(tree);
    return { appHash: tree.rootHash(), validators: [] };
  }

  checkTx(raw: Uint8Array, _kind: CheckKind): CheckResult {
    if (this.#committed === null) {
      return rejected(consensusErrors.noCommittedBlocks());
    }
    if (this.#impossible.has(raw)) {
      return rejected(new TxError("transaction cannot be executed"));
    }
    this.#checkState ??= new Overlay(this.#committed);
    const ctx = this.#context("checkTx", this.#checkState);
    try {
      executeTransaction(ctx, raw, this.#rules(false));
    } catch (error) {
      if (!(error instanceof Error)) {
        throw error;
      }
      return { ...rejected(error), gasWanted: ctx.gas.wanted };
    }
    return {
      code: 0,
      codespace: "",
      log: "",
      gasWanted: ctx.gas.wanted,
      priority: ctx.priority,
      sender: toHex(stakingAddress(ctx.txSigner)),
    };
  }

  /** Gas that a transaction of the caller would use on the last state. @throws consensus/1 before the first block */
  estimateGas(caller: PublicKey, transaction: Transaction): bigint {
    if (this.#committed === null) {
      throw consensusErrors.noCommittedBlocks();
    }
    const ctx = this.#context("simulateTx", new Overlay(this.#committed));
    return estimateGas(ctx, caller, transaction, this.#rules(false));
  }

  prepareProposal(input: PrepareProposalInput): Uint8Array[] {
    const { proposer } = this.#deps;
    if (proposer === null) {
      throw new InvariantError("this node has no key to propose with", { height: input.height });
    }
    const possible = input.txs.filter((tx) => !this.#impossible.has(tx));
    const candidates = takeUpTo(possible, Number(input.maxTxBytes) - MAX_METADATA_SIZE);
    this.#execution = null;
    try {
      const { txs, executed: execution } = this.#executePossible(input, candidates);
      const metadata = makeMetadataTransaction(execution.executed, this.#opener.context, proposer);
      const all = [...txs, metadata];
      execution.executed.results.txResults.push(metadataResult());
      this.#execution = { ...execution, proposed: { ...input, txs: all } };
      return all;
    } catch (error) {
      rethrowStop(error);
      this.#deps.logger.warn({ err: error, height: input.height }, "cannot prepare a proposal");
      return [];
    }
  }

  /** Executes the candidates for a proposal, or none of them when together they make a block that cannot be. */
  #executePossible(input: PrepareProposalInput, candidates: readonly Uint8Array[]) {
    const execute = (txs: readonly Uint8Array[]) => this.#execute(input, txs, null);
    try {
      return executePossible(candidates, execute, (tx, err) => {
        this.#impossible.add(tx);
        this.#deps.logger.warn({ err, height: input.height }, "leaving a transaction out of a proposal");
      });
    } catch (err) {
      if (err instanceof StopError || candidates.length === 0) {
        throw err;
      }
      this.#deps.logger.warn({ err, height: input.height }, "proposing a block without transactions");
      return { txs: [], executed: execute([]) };
    }
  }

  processProposal(input: BlockInput): boolean {
    const own = this.#execution?.proposed ?? null;
    if (this.#execution !== null && own !== null && isSameProposal(own, input)) {
      this.#execution.hash = input.hash;
      return true;
    }
    this.#execution = null;
    try {
      this.#execution = this.#execute(input, input.txs, input.hash);
      return true;
    } catch (error) {
      rethrowStop(error);
      this.#deps.logger.warn({ err: error, height: input.height }, "rejecting a proposal");
      return false;
    }
  }

  finalizeBlock(input: BlockInput): BlockResults {
    const done = this.#execution?.hash ?? null;
    if (this.#execution === null || done === null || !equal(done, input.hash)) {
      this.#execution = null;
      this.#execution = this.#execute(input, input.txs, input.hash);
    }
    return this.#execution.executed.results;
  }

  commit(): CommitResult {
    const execution = this.#execution;
    if (execution === null || execution.hash === null) {
      throw new InvariantError("no executed block to commit", { height: this.#lastVersion + 1n });
    }
    const appHash = this.#deps.store.commit(execution.tree, this.#lastVersion + 1n);
    this.#execution = null;
    this.#genesis = null;
    this.#lastTimeNs = execution.timeNs;
    this.#adoptCommitted();
    return { appHash };
  }

  /** State after the last committed block, for queries; null before the first. */
  get state(): ReadonlyTree | null {
    return this.#committed;
  }

  /** What the upgrades of the block after the last committed one go by; null before the first. */
  get nextBlock(): NextBlock | null {
    return this.#committed === null ? null : nextBlock(this.#facts(), this.#committed);
  }

  /** Why this node executes no block after the last committed one; null when it does. */
  get stopBeforeNext(): StopError | null {
    try {
      if (this.#committed !== null) this.#requireNext(this.#committed);
      return null;
    } catch (error) {
      if (error instanceof StopError) return error;
      throw error;
    }
  }

  /** What VRF proofs are about after the last committed block; null where the network has none. */
  get vrfInput(): VrfInput | null {
    const vrf = this.#committed === null ? null : getVrfState(this.#committed);
    return vrf === null || vrf.alpha === null ? null : { epoch: vrf.epoch, alpha: vrf.alpha };
  }

  get #lastVersion(): bigint {
    return this.#deps.store.last?.version ?? this.#options.document.height - 1n;
  }

  #adoptStored(): void {
    this.#adoptCommitted();
    const { chainContext } = this.#options;
    const stored = getChainContext(this.#committed!);
    if (stored === chainContext) return;
    throw new InvariantError(
      `the database holds the state of network ${stored}, the genesis document is of network ${chainContext}: use that network's genesis document, or another data directory`,
    );
  }

  #adoptCommitted(): void {
    this.#committed = this.#deps.store.open();
    this.#checkState = null;
    // Parameters that a block changed act from the next block on.
    this.#parameters = getConsensusParameters(this.#committed);
  }

  #facts(): ChainFacts {
    const { document, chainContext, dontBlameOasis, minGasPrice } = this.#options;
    return {
      chainContext,
      initialHeight: document.height,
      baseEpoch: document.beacon.base,
      lastVersion: this.#lastVersion,
      lastStateRoot: this.#deps.store.last?.hash ?? null,
      committed: this.#committed,
      consensusParameters: this.#parameters,
      blacklist: this.#blacklist,
      signatures: this.#signatures,
      messages: this.#services.messages,
      attestation: this.#deps.attestation,
      dontBlameOasis,
      localMinGasPrice: minGasPrice,
      ownTxSigner: this.#deps.ownTxSigner,
    };
  }

  #rules(proposing: boolean): TransactionRules {
    return { services: this.#services, opener: this.#opener, proposing };
  }

  /**
   * @param tree the last state
   * @returns the local upgrades of the next block
   * @throws StopError when this node stops in front of it
   */
  #requireNext(tree: MkvsTree): readonly string[] {
    const { halt } = this.#options;
    const { localUpgrades } = this.#deps;
    const chain = this.#facts();
    if (halt !== undefined) haltWhenDue(halt, this.#lastVersion + 1n, currentEpoch(chain, tree));
    return localUpgrades === undefined || chain.committed === null
      ? []
      : localUpgrades(nextBlock(chain, chain.committed));
  }

  /** A context outside blocks. */
  #context(mode: Mode, state: Overlay): Context {
    const facts = {
      timeNs: this.#lastTimeNs,
      proposerAddress: new Uint8Array(0),
      lastCommit: NO_COMMIT,
      misbehavior: [],
    };
    return new Context({ mode, chain: this.#facts(), block: new BlockContext(facts), state });
  }

  #execute(input: ProposalInput, txs: readonly Uint8Array[], hash: Uint8Array | null): Execution {
    const height = this.#lastVersion + 1n;
    if (input.height !== height) {
      throw new InvariantError(`block ${input.height} cannot follow state ${height - 1n}`, {
        height: input.height,
      });
    }
    const tree = this.#deps.store.open();
    if (this.#deps.store.last === null) {
      if (this.#genesis === null) {
        throw new InvariantError("the chain was not initialised", { height });
      }
      this.#genesis.writeTo(tree);
    }
    const chain = this.#facts();
    const localUpgrades = this.#requireNext(tree);
    const environment: BlockEnvironment = {
      ...this.#rules(hash === null),
      chain,
      tree,
      genesisEvents: this.#genesis?.events ?? [],
      observer: this.#deps.observer,
      localUpgrades,
    };
    const facts = {
      timeNs: input.time,
      proposerAddress: input.proposerAddress,
      lastCommit: input.lastCommit,
      misbehavior: input.misbehavior,
    };
    const executed = executeBlock(environment, facts, txs);
    return { hash, tree, executed, proposed: null, timeNs: input.time };
  }
}

function rethrowStop(error: unknown): void {
  if (error instanceof StopError) {
    throw error;
  }
}
