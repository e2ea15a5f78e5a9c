import { equal } from "../codec/bytes.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { type Disposer, Emitter } from "../telemetry/emitter.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Application, BlockResults } from "./application.ts";
import { BlockExecutor, blockLimits, type CommittedBlock } from "./block-executor.ts";
import { catchUp } from "./catch-up.ts";
import { type ChainState, nextHeight } from "./chain-state.ts";
import { ChainStore, type StoredBlock } from "./chain-store.ts";
import type { ChainClock } from "./clock.ts";
import type { Commit } from "./commit.ts";
import type { ConsensusParams } from "./consensus-params.ts";
import type { ConsensusSigner } from "./consensus-signature.ts";
import { ChainError } from "./errors.ts";
import type { Evidence } from "./evidence/evidence.ts";
import { EvidencePool } from "./evidence/evidence-pool.ts";
import type { ChainGenesis } from "./genesis.ts";
import type { LightBlock } from "./light-block.ts";
import { Mempool, type MempoolOptions, type PendingTransaction } from "./mempool.ts";
import { SignatureRecord } from "./own-signatures.ts";
import { makePartSet, type PartSet } from "./part-set.ts";
import type { RejectedMessage } from "./rounds/handle-input.ts";
import type { RoundMachine } from "./rounds/machine.ts";
import { RoundDriver } from "./rounds/round-driver.ts";
import type { RoundEvent, RoundMessage } from "./rounds/round-input.ts";
import { stepName } from "./rounds/step.ts";
import type { RoundTiming } from "./rounds/timing.ts";
import { Submissions, type SubmitOutcome } from "./submissions.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { VoteSet } from "./vote-set.ts";

export interface ChainEngineOptions {
  genesis: ChainGenesis;
  timing: RoundTiming;
  mempool: MempoolOptions;
  /** Directory of the sign state and the write-ahead log; exists, and belongs to this chain alone. */
  directory: string;
}

export interface ChainEngineDeps {
  environment: Environment;
  application: Application;
  /** Consensus key; null: follow only. */
  signer: ConsensusSigner | null;
  clock: ChainClock;
  logger: Logger;
  /** Memory of signatures that were verified; best the application's. */
  known?: KnownSignatures | undefined;
}

/** Where the engine is. */
export type ChainStatus =
  | { state: "stopped" }
  | {
      state: "running";
      height: bigint;
      round: number;
      step: string /** Unix milliseconds. */;
      sinceMs: number;
    }
  | { state: "halted"; height: bigint; error: unknown };

/** What exists while the engine runs, and after a halt to read from. */
interface Running {
  readonly driver: RoundDriver;
  readonly mempool: Mempool;
  readonly submissions: Submissions;
  readonly evidence: EvidencePool;
}

/**
 * A chain and this node's part in it: makes, decides, executes and keeps blocks.
 *
 * Everything happens synchronously in the turn of its input; reads are of what is committed and can be made at any
 * time. A failure of the application, the disk or the rules halts the chain: reads go on, blocks do not.
 */
export class ChainEngine {
  /** What became of our signatures. */
  readonly signatures = new SignatureRecord();
  readonly #options: ChainEngineOptions;
  readonly #deps: ChainEngineDeps;
  readonly #store: ChainStore;
  readonly #blocks = new Emitter<CommittedBlock>();
  readonly #transactions = new Emitter<Uint8Array>();
  readonly #halts = new Emitter<unknown>();
  readonly #roundEvents = new Emitter<RoundEvent>();
  readonly #rejections = new Emitter<{ peer: string; error: RejectedMessage }>();
  #running: Running | null = null;
  #phase:
    | { state: "new" }
    | { state: "running" }
    | { state: "stopped" }
    /** The chain ends here on purpose: the rounds stand still and can be read. */
    | { state: "ended"; error: unknown }
    | { state: "halted"; error: unknown } = {
    state: "new",
  };

  constructor(options: ChainEngineOptions, deps: ChainEngineDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#store = new ChainStore(deps.environment);
  }

  /**
   * Makes good what the last run left undone, then goes on with the chain until `signal` aborts or `stop` is called.
   * @throws ChainError when genesis, stores, application and sign state do not fit together; whatever the application
   *   throws. The engine must not be used then.
   */
  start(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#phase.state !== "new") throw new ChainError("stopped", "the chain engine was started before");
    const { genesis, mempool: mempoolOptions, timing, directory } = this.#options;
    const { environment, application, signer, clock, logger, known } = this.#deps;
    const evidence = new EvidencePool({ environment, store: this.#store, logger });
    const state = catchUp(genesis, application, this.#store, evidence, logger);
    const mempool = new Mempool(mempoolOptions, application, blockLimits(state));
    const submissions = new Submissions(mempool);
    const executor = new BlockExecutor({ application, store: this.#store, mempool, evidence, logger, known });
    const driver = new RoundDriver(
      { timing, directory },
      {
        clock,
        signer,
        executor,
        logger,
        hasTransactions: () => mempool.size > 0,
        lastBlockChangedState: (current) => this.#lastBlockChangedState(current),
        onCommitted: (_, committed) => {
          submissions.committed(committed);
          this.#blocks.emit(committed);
        },
        onSigned: (signature) => this.#guarded(() => this.signatures.add(signature)),
        onConflict: (votes) => evidence.reportConflict(votes),
        onEvent: (event) => this.#guarded(() => this.#roundEvents.emit(event)),
        onRejected: (peer, error) => this.#guarded(() => this.#rejections.emit({ peer, error })),
        onHalt: (error) => this.#halt(error),
      },
      state,
      this.#lastCommit(state),
    );
    mempool.onAdded((tx) => {
      driver.transactionsAvailable();
      this.#transactions.emit(tx);
    });
    this.#running = { driver, mempool, submissions, evidence };
    this.#phase = { state: "running" };
    signal.addEventListener("abort", () => this.stop(), { once: true });
    try {
      driver.start();
    } catch (error) {
      driver.stop();
      this.#phase = { state: "halted", error };
    }
    const { status } = this;
    if (status.state === "halted") throw status.error;
  }

  /** Ends the chain's progress: timers are gone, files closed, waiting submissions rejected. Reads go on. */
  stop(): void {
    if (this.#phase.state !== "running") return;
    this.#phase = { state: "stopped" };
    this.#running!.driver.stop();
    this.#running!.submissions.end(new ChainError("stopped", "the chain engine stopped"));
  }

  /**
   * Has no block follow on this node, on purpose; as a halt for whoever looks. The rounds stay where they are, and what
   * others lack of the last block can still be given to them. To be called between blocks.
   */
  end(error: unknown): void {
    if (this.#phase.state !== "running") return;
    this.#phase = { state: "ended", error };
    this.#running!.driver.stop();
    this.#running!.submissions.end(new ChainError("stopped", "the chain ends here", {}, { cause: error }));
    this.#halts.emit(error);
  }

  get status(): ChainStatus {
    if (this.#phase.state === "halted" || this.#phase.state === "ended") {
      return { state: "halted", height: this.latestHeight, error: this.#phase.error };
    }
    if (this.#phase.state !== "running") return { state: "stopped" };
    const { height, round, step, sinceMs } = this.#running!.driver.position;
    return { state: "running", height, round, step: stepName(step), sinceMs };
  }

  /** Height of the newest committed block; 0 before the first. */
  get latestHeight(): bigint {
    return this.#store.state()?.last_block_height ?? 0n;
  }

  /** Height of the oldest block that is kept; 0 before the first. */
  get oldestHeight(): bigint {
    return this.#store.base;
  }

  /** What is stored of the chain. Whoever fetches blocks before the start does it through this very store. */
  get store(): ChainStore {
    return this.#store;
  }

  /** State after the newest block.
   * @throws ChainError before the engine was started
   */
  get state(): ChainState {
    const state = this.#store.state();
    if (state === null) throw new ChainError("stopped", "the chain was not started");
    return state;
  }

  /** Block of a height; null where there is none (any more). */
  blockAt(height: bigint): StoredBlock | null {
    return height > this.latestHeight ? null : this.#store.block(height);
  }

  resultsAt(height: bigint): BlockResults | null {
    return height > this.latestHeight ? null : this.#store.results(height);
  }

  /** Commit for the block of a height: the canonical one, or for the newest the one it was decided with. */
  commitAt(height: bigint): Commit | null {
    return height > this.latestHeight ? null : this.#store.commit(height);
  }

  /** Validators of a height, known up to the one after the next block. */
  validatorsAt(height: bigint): ValidatorSet | null {
    return this.#store.validators(height);
  }

  /** Consensus parameters of a height, known up to the next block. */
  paramsAt(height: bigint): ConsensusParams | null {
    return this.#store.params(height);
  }

  /** What a light client needs of a height. */
  lightBlockAt(height: bigint): LightBlock | null {
    const stored = this.blockAt(height);
    const commit = this.commitAt(height);
    const validators = this.validatorsAt(height);
    if (stored === null || commit === null || validators === null) return null;
    return { header: stored.block.header, commit, validators };
  }

  /** Height of the block with that header hash. */
  heightOf(hash: Uint8Array): bigint | null {
    return this.#store.heightOf(hash);
  }

  /**
   * Submits a transaction.
   * @param until `check`: return once it was checked; `block`: wait until it is executed, or refused by a later check
   * @throws CodedError consensus/5 for a duplicate; ChainError of kind `mempool` when it is too large or finds no
   *   room, `stopped` when the engine does not run or stops; the signal's reason
   */
  async submitTx(tx: Uint8Array, until: "check" | "block", signal: AbortSignal): Promise<SubmitOutcome> {
    const { mempool, submissions } = this.#requireRunning();
    if (until === "block") return await submissions.submit(tx, signal);
    signal.throwIfAborted();
    return { stage: "check", result: mempool.add(tx) };
  }

  /** Transactions that wait for a block, in the order in which blocks would take them. */
  unconfirmedTransactions(): Uint8Array[] {
    return this.#running?.mempool.transactions() ?? [];
  }

  /** Calls `listener` after each commit, in order of height. A listener that throws is logged. */
  onBlock(listener: (block: CommittedBlock) => void): Disposer {
    return this.#blocks.subscribe((block) => this.#guarded(() => listener(block)));
  }

  /** Tells the listeners of a block that was fetched and executed before the start. */
  announce(block: CommittedBlock): void {
    this.#blocks.emit(block);
  }

  /** Calls `listener` with each transaction that enters the mempool. A listener that throws is logged. */
  onTransaction(listener: (tx: Uint8Array) => void): Disposer {
    return this.#transactions.subscribe((tx) => this.#guarded(() => listener(tx)));
  }

  /**
   * Forgets the blocks below a height, from the oldest on and at most `limit` of them; the newest always stays.
   * @returns whether more are left to forget
   */
  prune(below: bigint, limit: number): boolean {
    return this.#store.prune(below, limit);
  }

  /** Takes a consensus message of a peer; what is late, known or wrong is ignored. */
  receive(message: RoundMessage, peer: string): void {
    if (this.#phase.state === "ended") return;
    this.#requireRunning().driver.receive(message, peer);
  }

  /** The rounds, to read from; null unless the engine runs or was ended. */
  get rounds(): Readonly<RoundMachine> | null {
    const { state } = this.#phase;
    return state === "running" || state === "ended" ? this.#running!.driver.machine : null;
  }

  /** Calls `listener` with what the rounds tell, as it happens: they must not be moved from within. */
  onRoundEvent(listener: (event: RoundEvent) => void): Disposer {
    return this.#roundEvents.subscribe(listener);
  }

  /** Calls `listener` with each consensus message of a peer that was not taken, and why. */
  onRejected(listener: (rejected: { peer: string; error: RejectedMessage }) => void): Disposer {
    return this.#rejections.subscribe(listener);
  }

  /** The block of a height in parts; null where there is none (any more). */
  partsAt(height: bigint): PartSet | null {
    const encoded = height > this.latestHeight ? null : this.#store.encodedBlock(height);
    return encoded && makePartSet(encoded);
  }

  /** Checks a peer's transaction and keeps it if it is good. @throws as {@link submitTx} */
  receiveTransaction(tx: Uint8Array): void {
    this.#requireRunning().mempool.add(tx);
  }

  /** Transactions that wait for a block, in order of arrival. */
  pendingTransactions(): Iterable<PendingTransaction> {
    return this.#running?.mempool.pending() ?? [];
  }

  /** The waiting transaction with that hash in hex. */
  pendingTransaction(hash: string): PendingTransaction | null {
    return this.#running?.mempool.get(hash) ?? null;
  }

  /** Verifies a peer's evidence, and keeps what is new. @throws ChainError when it does not hold */
  receiveEvidence(evidence: Evidence): void {
    const { evidence: pool } = this.#phase.state === "ended" ? this.#running! : this.#requireRunning();
    pool.add(this.state, evidence);
  }

  /** Evidence that waits for a block, oldest first, of at most so many bytes together. */
  pendingEvidence(maxBytes: bigint): Evidence[] {
    return this.#running?.evidence.pending(maxBytes) ?? [];
  }

  /** Calls `listener` with each consensus message of ours once it may leave the node. The engine must run. */
  onMessage(listener: (message: RoundMessage) => void): Disposer {
    return this.#requireRunning().driver.onMade(listener);
  }

  /** Calls `listener` with the error when the chain halts. */
  onHalt(listener: (error: unknown) => void): Disposer {
    return this.#halts.subscribe(listener);
  }

  /** A listener must not be able to stop the chain. */
  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#deps.logger.error({ height: this.latestHeight, err: error }, "a listener of the chain failed");
    }
  }

  #requireRunning(): Running {
    if (this.#phase.state === "new") {
      throw new ChainError(
        "stopped",
        "this node is not at the head of the chain yet: `control status` tells why",
      );
    }
    if (this.#phase.state !== "running") throw new ChainError("stopped", "the chain engine does not run");
    return this.#running!;
  }

  #halt(error: unknown): void {
    this.#phase = { state: "halted", error };
    this.#deps.logger.error({ height: this.latestHeight, err: error }, "the chain halted");
    this.#running!.submissions.end(new ChainError("stopped", "the chain halted", {}, { cause: error }));
    this.#halts.emit(error);
  }

  #lastCommit(state: ChainState): VoteSet | null {
    const { last_block_height: height, chain_id, last_validators } = state;
    if (height === 0n) return null;
    const commit = this.#store.commit(height);
    if (commit === null) throw new ChainError("corrupt", "the newest block has no commit", { height });
    return VoteSet.fromCommit(chain_id, commit, last_validators);
  }

  #lastBlockChangedState(state: ChainState): boolean {
    const last = this.#store.block(nextHeight(state) - 1n);
    return last === null || !equal(last.block.header.app_hash, state.app_hash);
  }
}
