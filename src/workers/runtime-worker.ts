import { toHex } from "../codec/bytes.ts";
import type { Namespace } from "../codec/common-types.ts";
import type { Signer } from "../crypto/signature.ts";
import { hostWaiting } from "../runtime/describe-status.ts";
import type { HostStatus, RuntimeHost } from "../runtime/host.ts";
import { type Disposer, Emitter, type Subscribable } from "../telemetry/emitter.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Waiting } from "../telemetry/waiting.ts";
import type { Version } from "../types/common.ts";
import { ROLE_COMPUTE_WORKER } from "../types/roles.ts";
import type { AnnotatedBlock } from "../types/roothash-block.ts";
import { HEADER_NORMAL } from "../types/roothash-block.ts";
import { compareVersions } from "../types/versions.ts";
import { findTransaction } from "./client/round-transactions.ts";
import { TxWaiters } from "./client/tx-waiters.ts";
import type { ConsensusView } from "./consensus-view.ts";
import { executeBatch } from "./executor/execute-batch.ts";
import { Executor, type ExecutorDeps } from "./executor/executor.ts";
import { countedExecution, type ExecutorMetrics } from "./executor/metrics.ts";
import {
  type BinaryMismatch,
  type BundleFacts,
  binaryMismatch,
  deployedVersion,
} from "./host/binary-mismatch.ts";
import { HostSync } from "./host/host-sync.ts";
import {
  diskWaiting,
  noRoundWaiting,
  stateMissingWaiting,
  trustWaiting,
  type WaitingText,
  waitingForProcess,
} from "./host/worker-waiting.ts";
import type { RoleOffer, RoleProvider } from "./registration/role-provider.ts";
import { type RoundContext, readRoundContext } from "./round-context.ts";
import { finalizeMissed } from "./storage/finalize-missed.ts";
import type { FinalizeOutcome, RoundStore } from "./storage/round-store.ts";
import type { SubmissionManager } from "./submission.ts";
import type { Timers } from "./timers.ts";
import { checkTransactions } from "./txpool/check-transactions.ts";
import type { TxPoolMetrics } from "./txpool/metrics.ts";
import { TxPool, type TxPoolOptions } from "./txpool/tx-pool.ts";

export interface RuntimeWorkerOptions {
  runtimeId: Namespace;
  txPool: TxPoolOptions;
  /** Whether this node offers to compute for the ParaTime. */
  compute: boolean;
  /** What the bundle says of itself; null for a plain executable, whose version nobody knows before it says so. */
  bundle: BundleFacts | null;
}

export interface RuntimeWorkerDeps {
  consensus: ConsensusView;
  store: RoundStore;
  host: RuntimeHost;
  submission: SubmissionManager;
  nodeSigner: Signer;
  timers: Timers;
  logger: Logger;
  metrics: { readonly executor: ExecutorMetrics; readonly txPool: TxPoolMetrics } | null;
}

/** Longest that a ParaTime may take to check a batch before it is interrupted (facts/runtime.md section 2). */
const checkTimeoutMs = 15_000;

/**
 * One ParaTime of this node: follows its blocks, keeps its states, checks and pools transactions, executes batches when
 * elected, and answers clients.
 *
 * Each consensus block is handled to the end before the next: read the ParaTime's state, store its new block, tell the
 * ParaTime and those who wait for the block, begin the next round.
 */
export class RuntimeWorker implements RoleProvider {
  readonly name: string;
  readonly runtimeId: Namespace;
  readonly pool: TxPool;
  readonly executor: Executor | null;
  readonly waiters = new TxWaiters();
  readonly #options: RuntimeWorkerOptions;
  readonly #deps: RuntimeWorkerDeps;
  readonly #blocks = new Emitter<AnnotatedBlock>();
  readonly #offerChanged = new Emitter<void>();
  readonly #sync: HostSync;
  readonly #disposers: Disposer[] = [];
  #round: RoundContext | null = null;
  #waiting: Waiting | null;
  /** What the last look at the running process found, to tell since when it is so. */
  #lastFound: Waiting | null = null;
  /** The ParaTime is executing a batch. */
  #executing = false;

  constructor(options: RuntimeWorkerOptions, deps: RuntimeWorkerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.runtimeId = options.runtimeId;
    this.name = `ParaTime ${Buffer.from(options.runtimeId).toString("hex")}`;
    this.#sync = new HostSync({
      host: deps.host,
      timers: deps.timers,
      logger: deps.logger,
      onTrusted: () => this.#becameReady(),
    });
    this.#waiting = this.#wait(noRoundWaiting("notStarted"));
    this.pool = new TxPool(options.txPool, {
      check: (txs, signal) => this.#check(txs, signal),
      schedule: deps.timers.schedule,
      logger: deps.logger,
    });
    this.executor = options.compute ? this.#createExecutor() : null;
  }

  /** Blocks whose state is stored, in order. */
  get blocks(): Subscribable<AnnotatedBlock> {
    return this.#blocks;
  }

  /** Something that registration depends on changed. */
  get offerChanged(): Subscribable<void> {
    return this.#offerChanged;
  }

  get store(): RoundStore {
    return this.#deps.store;
  }

  get host(): RuntimeHost {
    return this.#deps.host;
  }

  /** What the next round starts from; null while there is none. */
  get round(): RoundContext | null {
    return this.#round;
  }

  /**
   * The last round with results, which must be kept; null where the node does not compute. Some ParaTimes ask for what
   * happened since then (oasis-core v26.1 go/worker/compute/executor/committee/prune.go).
   */
  get lastNormalRound(): bigint | null {
    return this.#options.compute ? (this.#round?.state.last_normal_round ?? 0n) : null;
  }

  /** The version that the consensus layer has deployed; null while that is not known. */
  deployedVersion(): Version | null {
    return this.#round === null ? null : deployedVersion(this.#round);
  }

  /** The first thing that keeps the ParaTime from working, or null. */
  get waiting(): Waiting | null {
    if (this.#waiting !== null) return this.#waiting;
    const status = this.#deps.host.status();
    const waiting = hostWaiting(status);
    if (waiting !== null || status.state !== "ready") return waiting;
    const found = this.#find(status);
    const last = this.#lastFound;
    const isSame = found !== null && found.for === last?.for && found.cause === last.cause;
    this.#lastFound = isSame ? { ...found, sinceMs: last!.sinceMs } : found;
    return this.#lastFound;
  }

  /** Why what is installed may not work; null when it may, or while that is not known. */
  get refusal(): BinaryMismatch | null {
    const running = this.#deps.host.info()?.runtime_version;
    if (this.#round === null || running === undefined) return null;
    return binaryMismatch(running, this.#options.bundle, this.#round);
  }

  start(): void {
    const { consensus, host, store } = this.#deps;
    this.#disposers.push(
      host.subscribe((event) => {
        if (event.kind === "started") this.#hostStarted();
        else this.#hostGone();
      }),
      consensus.onBlock((height) => this.#consensusBlock(height)),
      this.pool.added.subscribe(() => this.executor?.consider()),
    );
    finalizeMissed(consensus, store);
    const latest = consensus.latestHeight();
    if (latest > 0n) this.#consensusBlock(latest);
    host.start();
  }

  async stop(): Promise<void> {
    this.#sync.stop();
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.executor?.stop();
    this.pool.stop();
    await this.#deps.host.stop();
  }

  offer(): RoleOffer {
    const waiting = this.waiting;
    if (waiting !== null) return { ready: false, waiting };
    if (!this.#options.compute) return { ready: true, roles: 0, runtimes: [] };
    const info = this.#deps.host.info();
    if (info === null) return { ready: false, waiting: this.#wait(waitingForProcess) };
    const runtime = {
      id: this.runtimeId,
      version: info.runtime_version,
      capabilities: { tee: null },
      extra_info: null,
    };
    return { ready: true, roles: ROLE_COMPUTE_WORKER, runtimes: [runtime] };
  }

  #consensusBlock(height: bigint): void {
    const { consensus, store } = this.#deps;
    const round = readRoundContext(consensus, this.runtimeId, height);
    this.#sync.tell(height);
    if (typeof round === "string") {
      this.#waiting = this.#wait(noRoundWaiting(round));
      return;
    }
    const previous = this.#round;
    const isNew = previous === null || previous.block.header.round !== round.block.header.round;
    if (!isNew) {
      this.#round = round;
      this.executor?.consider();
      return;
    }
    const outcome = this.#finalize(round);
    if (outcome === null) return;
    this.#round = round;
    if (outcome === "stateMissing") {
      this.#waiting = this.#wait(stateMissingWaiting(round.block.header.round));
      return;
    }
    this.#waiting = null;
    this.#replaceOldExecutable();
    if (round.block.header.header_type === HEADER_NORMAL) {
      const io = store.ioTree(round.block.header.round);
      if (io !== null)
        this.waiters.roundFinalized(round.block.header.round, (hash) => findTransaction(io, hash));
    }
    this.executor?.beginRound(round);
    const committeeChanged = previous?.state.committee?.valid_for !== round.state.committee?.valid_for;
    this.pool.roundBegan(round.block.header.round, { committeeChanged });
    this.#blocks.emit(round.annotated);
    if (previous === null) this.#offerChanged.emit();
  }

  /** Stores the round's block; null when that failed, and the next consensus block is to try again. */
  #finalize(round: RoundContext): FinalizeOutcome | null {
    try {
      return this.#deps.store.finalize(round.annotated);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.#waiting = this.#wait(diskWaiting(round.block.header.round, cause));
      this.#deps.logger.error(
        { error: cause, round: round.block.header.round.toString() },
        "a round was not stored",
      );
      return null;
    }
  }

  /** What keeps a running process from working. */
  #find(status: Extract<HostStatus, { state: "ready" }>): Waiting | null {
    const { refusal } = this;
    if (refusal !== null) return this.#wait(refusal);
    return this.#sync.trusted ? null : this.#wait(trustWaiting(this.#sync.problem, status.trouble));
  }

  #createExecutor(): Executor {
    const { store, submission, host, consensus, nodeSigner, timers, logger, metrics } = this.#deps;
    const execute: ExecutorDeps["execute"] = (round, inputs, signal) => this.#execute(round, inputs, signal);
    const source = { runtime: toHex(this.runtimeId), blocks: this.#blocks };
    return new Executor(
      { runtimeId: this.runtimeId, chainContext: consensus.chainContext },
      {
        signer: nodeSigner,
        pool: this.pool,
        store,
        submission,
        execute: metrics === null ? execute : countedExecution(execute, source, metrics.executor),
        initialBatchSize: () => {
          if (this.waiting !== null) return null;
          return host.info()?.features?.schedule_control?.initial_batch_size ?? null;
        },
        interrupt: (reason) => void host.abort({ reason }).catch(() => {}),
        latestHeight: () => consensus.latestHeight(),
        timers,
        logger,
      },
    );
  }

  async #execute(round: RoundContext, inputs: Uint8Array[], signal: AbortSignal) {
    this.#executing = true;
    try {
      return await executeBatch(this.#deps.host, round, inputs, signal);
    } finally {
      this.#executing = false;
      if (this.#sync.trusted) this.pool.unblock();
    }
  }

  async #check(txs: Uint8Array[], signal: AbortSignal): ReturnType<typeof checkTransactions> {
    const round = this.#round;
    if (round === null || this.waiting !== null) throw new Error("the ParaTime is not ready");
    const { host, timers, metrics } = this.#deps;
    const cancel = timers.schedule(() => {
      void host.abort({ reason: "transaction check took too long" }).catch(() => {});
    }, checkTimeoutMs);
    try {
      const checks = await checkTransactions(host, round, txs, signal);
      metrics?.txPool.checked(toHex(this.runtimeId), checks);
      return checks;
    } finally {
      cancel();
    }
  }

  #hostStarted(): void {
    this.#sync.processStarted(this.#deps.consensus.latestHeight());
  }

  #hostGone(): void {
    this.#sync.processGone();
    this.pool.block();
    this.#offerChanged.emit();
  }

  /**
   * The batch that may have been the end of the last process goes first and alone: were transactions checked meanwhile,
   * nobody could tell whose fault it is when this one ends as well.
   */
  #becameReady(): void {
    this.executor?.consider();
    if (!this.#executing) this.pool.unblock();
    this.#offerChanged.emit();
  }

  /**
   * A plain executable of another version than the deployed one is started again, by which the host takes what the
   * operator has put in its place, and refuses it while it is still the old one. A bundle says its version itself.
   */
  #replaceOldExecutable(): void {
    const { host } = this.#deps;
    const running = host.info()?.runtime_version;
    const deployed = this.deployedVersion();
    if (this.#options.bundle !== null || running === undefined || deployed === null) return;
    if (compareVersions(running, deployed) === 0) return;
    void host.abort({ force: true, reason: "another version is deployed" }).catch(() => {});
  }

  #wait(waiting: WaitingText): Waiting {
    return { sinceMs: this.#deps.timers.now(), ...waiting };
  }
}
