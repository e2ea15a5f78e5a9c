import { toHex } from "../codec/bytes.ts";
import type { Hash, Namespace } from "../codec/common-types.ts";
import { hostWaiting } from "../runtime/describe-status.ts";
import type { HostStatus, RuntimeHost } from "../runtime/host.ts";
import { type Disposer, Emitter, type Subscribable } from "../telemetry/emitter.ts";
import type { Waiting } from "../telemetry/waiting.ts";
import type { Version } from "../types/common.ts";
import { ROLE_COMPUTE_WORKER, ROLE_STORAGE_RPC } from "../types/roles.ts";
import type { AnnotatedBlock } from "../types/roothash-block.ts";
import { HEADER_NORMAL } from "../types/roothash-block.ts";
import { compareVersions } from "../types/versions.ts";
import { findTransaction, transactionHashes } from "./client/round-transactions.ts";
import { TxWaiters } from "./client/tx-waiters.ts";
import { type CommitteeGroup, committeeGroup } from "./executor/committee-group.ts";
import { executeBatch } from "./executor/execute-batch.ts";
import { Executor } from "./executor/executor.ts";
import type { ExecutorDeps } from "./executor/executor-deps.ts";
import { countedExecution } from "./executor/metrics.ts";
import { type BinaryMismatch, binaryMismatch, deployedVersion } from "./host/binary-mismatch.ts";
import { HostSync } from "./host/host-sync.ts";
import {
  noRoundWaiting,
  syncWaiting,
  trustWaiting,
  type WaitingText,
  waitingForProcess,
} from "./host/worker-waiting.ts";
import { joinPeers, type SharedParts } from "./peers/join-peers.ts";
import type { ParaTimePeers } from "./peers/paratime-peers.ts";
import type { RoleOffer, RoleProvider } from "./registration/role-provider.ts";
import { type RoundContext, readRoundContext } from "./round-context.ts";
import type { RuntimeWorkerDeps, RuntimeWorkerOptions } from "./runtime-worker-deps.ts";
import type { RoundStore } from "./storage/round-store.ts";
import { StateFollower } from "./storage/state-follower.ts";
import { isFarBehind } from "./storage/sync-distance.ts";
import { checkTransactions } from "./txpool/check-transactions.ts";
import { TxPool } from "./txpool/tx-pool.ts";
import { TxPublisher } from "./txpool/tx-publisher.ts";

/**
 * One ParaTime of this node: follows its blocks, keeps its states, checks and pools transactions, executes batches when
 * elected, and answers clients.
 *
 * A round begins when everything before it is stored: with what this node computed at once, else with what peers give.
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
  readonly #peers: ParaTimePeers | null;
  readonly #publisher: TxPublisher | null;
  readonly #states: StateFollower;
  readonly #disposers: Disposer[] = [];
  /** The last round that the consensus layer knows. */
  #known: RoundContext | null = null;
  /** The last one that is stored, while it is the last one known. */
  #round: RoundContext | null = null;
  #group: CommitteeGroup | null = null;
  #isBehind = true;
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
    const { network, timers, logger } = deps;
    const domain = { runtimeId: this.runtimeId, chainContext: deps.consensus.chainContext };
    const shared: SharedParts = {
      ...{ pool: this.pool, store: deps.store, checkpoints: deps.checkpoints },
      executor: () => this.executor,
      group: () => this.#group,
    };
    const membership = { ...domain, compute: options.compute, isPublic: options.isPublic };
    this.#peers = network === null ? null : joinPeers(network, membership, shared);
    const peers = this.#peers;
    this.#publisher =
      peers === null
        ? null
        : new TxPublisher(
            { intervalMs: options.republishMs, remembered: options.txPool.seenCapacity },
            { pool: this.pool, publish: (tx) => peers.publishTx(tx), timers },
          );
    this.#states = new StateFollower(options, {
      ...{ consensus: deps.consensus, store: deps.store, db: deps.db, peers, timers, logger },
      onStored: (block) => this.#stored(block),
      onProgress: () => this.#look(),
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

  /** What the next round starts from, as the consensus layer has it; null while there is none. */
  get round(): RoundContext | null {
    return this.#known;
  }

  /** The last round whose state is stored and that a round began from; null before the first. */
  get storedRound(): RoundContext | null {
    return this.#round;
  }

  /**
   * The last round with results, which must be kept; null where the node does not compute. Some ParaTimes ask for what
   * happened since then (oasis-core v26.1 go/worker/compute/executor/committee/prune.go).
   */
  get lastNormalRound(): bigint | null {
    return this.#options.compute ? (this.#known?.state.last_normal_round ?? 0n) : null;
  }

  /** The version that the consensus layer has deployed; null while that is not known. */
  deployedVersion(): Version | null {
    return this.#known === null ? null : deployedVersion(this.#known);
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
    if (this.#known === null || running === undefined) return null;
    return binaryMismatch(running, this.#options.bundle, this.#known);
  }

  start(): void {
    const { consensus, host } = this.#deps;
    this.#disposers.push(
      host.subscribe((event) => {
        if (event.kind === "started") this.#hostStarted();
        else this.#hostGone();
      }),
      consensus.onBlock((height) => this.#consensusBlock(height)),
      this.pool.added.subscribe(() => this.executor?.consider()),
    );
    this.#publisher?.start();
    const latest = consensus.latestHeight();
    if (latest > 0n) this.#consensusBlock(latest);
    host.start();
  }

  async stop(): Promise<void> {
    this.#sync.stop();
    this.#states.stop();
    this.#publisher?.stop();
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
    const next = this.#known === null ? null : (this.#options.nextVersion?.(this.#known) ?? null);
    const versions = next === null ? [info.runtime_version] : [info.runtime_version, next];
    const runtimes = versions.map((version) => ({
      id: this.runtimeId,
      version,
      capabilities: { tee: null },
      extra_info: null,
    }));
    const roles = this.#options.isPublic ? ROLE_COMPUTE_WORKER | ROLE_STORAGE_RPC : ROLE_COMPUTE_WORKER;
    return { ready: true, roles, runtimes };
  }

  /** Goes on as at a consensus block. */
  #look(): void {
    const latest = this.#deps.consensus.latestHeight();
    if (latest > 0n) this.#consensusBlock(latest);
  }

  #consensusBlock(height: bigint): void {
    const { consensus } = this.#deps;
    const known = readRoundContext(consensus, this.runtimeId, height);
    this.#sync.tell(height);
    if (typeof known === "string") {
      this.#waiting = this.#wait(noRoundWaiting(known));
      return;
    }
    this.#known = known;
    this.#meetCommittee(known, height);
    const before = this.#round;
    this.#states.advance(known);
    if (this.#round === before) this.#roundGoesOn(known);
    this.#tellProgress();
  }

  /** There is a consensus block, and no new round with it that is stored. */
  #roundGoesOn(known: RoundContext): void {
    const round = known.block.header.round;
    if (this.#deps.store.lastBlock?.block.header.round !== round) {
      this.executor?.suspend();
    } else if (this.#round?.block.header.round !== round) {
      this.#beginRound(known);
    } else {
      this.#round = known;
      this.executor?.updateRound(known);
    }
  }

  /** A round is stored, maybe the last one. */
  #stored(annotated: AnnotatedBlock): void {
    const { header } = annotated.block;
    if (header.header_type === HEADER_NORMAL) {
      const io = this.#deps.store.ioTree(header.round);
      if (io !== null) {
        this.pool.used(this.executor?.batchOf(header) ?? transactionHashes(io));
        this.waiters.roundFinalized(header.round, (hash) => findTransaction(io, hash));
      }
    }
    const known = this.#known;
    if (known?.block.header.round === header.round) this.#beginRound(known);
    this.#blocks.emit(annotated);
    this.#tellProgress();
  }

  #beginRound(round: RoundContext): void {
    const previous = this.#round;
    this.#round = round;
    this.#tellProgress();
    this.#replaceOldExecutable();
    this.pool.clearProposed();
    this.executor?.beginRound(round);
    const committeeChanged = previous?.state.committee?.valid_for !== round.state.committee?.valid_for;
    this.pool.roundBegan(round.block.header.round, { committeeChanged });
    if (previous === null) this.#offerChanged.emit();
  }

  /** Keeps in mind who publishes for the committee, and stays connected with them. */
  #meetCommittee({ state: { committee } }: RoundContext, height: bigint): void {
    if (this.#peers === null || this.#group?.committee.valid_for === committee?.valid_for) return;
    const tree = committee === null ? null : this.#deps.consensus.stateAt(height);
    this.#group = committee === null || tree === null ? null : committeeGroup(tree, committee);
    this.#peers.setMembers(this.#group?.p2pKeys ?? []);
  }

  /** Notes how far behind the stored rounds are, and who may rely on them. */
  #tellProgress(): void {
    const known = this.#known;
    if (known === null) return;
    const last = this.#deps.store.lastBlock?.block.header.round ?? null;
    const target = known.block.header.round;
    const { problem } = this.#states;
    const wasBehind = this.#isBehind;
    // Where nobody can help it does not get better.
    const isHopeless = problem !== null && problem.kind !== "peers" && last !== target;
    this.#isBehind = this.#round === null || isHopeless || isFarBehind(last, target, wasBehind);
    if (!this.#isBehind) this.#waiting = null;
    else {
      const found = syncWaiting(last, target, problem);
      const isSame = this.#waiting?.for === found.for && this.#waiting.cause === found.cause;
      if (!isSame) this.#waiting = this.#wait(found);
    }
    if (wasBehind !== this.#isBehind) this.#offerChanged.emit();
  }

  /** What keeps a running process from working. */
  #find(status: Extract<HostStatus, { state: "ready" }>): Waiting | null {
    const { refusal } = this;
    if (refusal !== null) return this.#wait(refusal);
    return this.#sync.trusted ? null : this.#wait(trustWaiting(this.#sync.problem, status.trouble));
  }

  #createExecutor(): Executor {
    const { store, submission, host, consensus, nodeSigner, timers, logger, metrics } = this.#deps;
    const execute: ExecutorDeps["execute"] = (round, inputs, signal, proposed) =>
      this.#execute(round, inputs, signal, proposed);
    const source = { runtime: toHex(this.runtimeId), blocks: this.#blocks };
    return new Executor(
      { runtimeId: this.runtimeId, chainContext: consensus.chainContext },
      {
        signer: nodeSigner,
        pool: this.pool,
        store,
        submission,
        peers: this.#peers,
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

  async #execute(round: RoundContext, inputs: Uint8Array[], signal: AbortSignal, proposed: Hash | null) {
    this.#executing = true;
    try {
      return await executeBatch(this.#deps.host, round, inputs, signal, proposed);
    } finally {
      this.#executing = false;
      if (this.#sync.trusted) this.pool.unblock();
    }
  }

  async #check(txs: Uint8Array[], signal: AbortSignal): ReturnType<typeof checkTransactions> {
    const round = this.#round;
    if (round === null || this.waiting !== null) throw new Error("the ParaTime is not ready");
    const { host, timers, metrics } = this.#deps;
    const checks = await checkTransactions(host, round, txs, timers, signal);
    metrics?.txPool.checked(toHex(this.runtimeId), checks);
    return checks;
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
