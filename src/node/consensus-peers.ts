import type { Application } from "../chain/application.ts";
import type { ChainEngine } from "../chain/chain-engine.ts";
import { systemClock } from "../chain/clock.ts";
import type { ChainGenesis } from "../chain/genesis.ts";
import { ConsensusReactor } from "../chain/gossip/consensus-reactor.ts";
import { EvidenceReactor } from "../chain/gossip/evidence-reactor.ts";
import { MempoolReactor } from "../chain/gossip/mempool-reactor.ts";
import { BlockSync } from "../chain/sync/block-sync.ts";
import type { VerifyAhead } from "../chain/sync/verify-ahead.ts";
import { NANOS_PER_MILLISECOND } from "../chain/time.ts";
import { consensusAddress } from "../chain/validator.ts";
import { equal } from "../codec/bytes.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { Channel } from "../p2p/comet/channel.ts";
import { systemPeerClock } from "../p2p/comet/clock.ts";
import type { CometNetwork } from "../p2p/comet/comet-network.ts";
import type { NetworkReport } from "../p2p/comet/network-report.ts";
import { systemRandom } from "../p2p/comet/random.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { type Disposer, Emitter } from "../telemetry/emitter.ts";
import type { Logging } from "../telemetry/logger.ts";
import type { Waiting, Warning } from "../telemetry/waiting.ts";
import { ClockCheck } from "./clock-check.ts";
import { consensusWarnings } from "./consensus-warnings.ts";
import { PortCheck } from "./port-check.ts";
import { REPORT_INTERVAL_MS } from "./progress.ts";
import { resolveHost } from "./resolve-host.ts";
import { SyncMeter, type SyncRate } from "./sync-meter.ts";

/** How far it is or what it waits for, null when there is nothing to say, and what to do about it. */
export type CheckpointProgress = Pick<Waiting, "cause" | "remedy">;

/** Begins a chain that is not there yet from a checkpoint of peers instead of from its first block. */
export interface CheckpointPhase {
  /** To be registered with the network before it starts. */
  readonly channels: readonly Channel[];
  readonly progress: CheckpointProgress;
  /** Resolves when the chain's store has a state to go on from, or when it is to be fetched block by block. */
  run(network: CometNetwork, signal: AbortSignal): Promise<void>;
}

export interface ConsensusPeersDeps {
  readonly network: CometNetwork;
  readonly engine: ChainEngine;
  readonly genesis: ChainGenesis;
  readonly application: Application;
  readonly environment: Environment;
  /** The node's consensus key. */
  readonly consensusKey: Uint8Array;
  /** Where others are told to connect to, `host:port`; null when nobody is told. */
  readonly told: string | null;
  /** Null: blocks are fetched from the first on. */
  readonly checkpoint: CheckpointPhase | null;
  /** The memory of the engine and the application. */
  readonly known: KnownSignatures;
  /** Makes what verifies fetched blocks ahead of their turn. */
  readonly verifyAhead: () => VerifyAhead;
  readonly logging: Logging;
}

/** What the node is doing about the chain. */
export type ConsensusPhase =
  | "stopped"
  /** Restoring a checkpoint of peers. */
  | "checkpoint"
  /** Fetching blocks. */
  | "blocks"
  /** At the head, taking part in the rounds. */
  | "rounds";

/**
 * The node among its consensus peers: connects, fetches the chain up to its head, then takes part in the rounds, and
 * all the time serves others (facts/cometbft.md section 3).
 */
export class ConsensusPeers {
  readonly #deps: ConsensusPeersDeps;
  readonly #sync: BlockSync;
  readonly #reactors: readonly [ConsensusReactor, MempoolReactor, EvidenceReactor];
  readonly #phaseChanged = new Emitter<ConsensusPhase>();
  readonly #meter = new SyncMeter(systemClock.now);
  readonly #clock = new ClockCheck();
  readonly #portCheck: PortCheck | null;
  #phase: ConsensusPhase = "stopped";
  #startedMs = 0;
  #stopWatching: Disposer = () => {};
  #phaseSinceMs = systemClock.now();
  #reporting: Disposer = () => {};

  constructor(deps: ConsensusPeersDeps) {
    this.#deps = deps;
    const { engine, network, genesis, application, environment, logging, known, verifyAhead, told } = deps;
    const logger = logging.logger("chain");
    this.#sync = new BlockSync({
      ...{ genesis, environment, application, logger, clock: systemClock, store: engine.store },
      ...{ known, verifyAhead },
      onCommitted: (block) => engine.announce(block),
    });
    this.#portCheck =
      told === null
        ? null
        : new PortCheck(told, {
            ...{ clock: systemPeerClock, resolve: resolveHost },
            ...{ wasReached: () => network.hadInbound, hasOthers: () => !this.isAlone },
          });
    const shared = { engine, clock: systemClock, random: systemRandom, logger };
    const consensus = new ConsensusReactor(shared);
    const peerHeight = (id: string) => consensus.peerHeight(id);
    const mempool = new MempoolReactor({ ...shared, peerHeight });
    const evidence = new EvidenceReactor({ ...shared, peerHeight });
    this.#reactors = [consensus, mempool, evidence];
    // In the order in which the official node names them to its peers (facts/cometbft.md 2.2).
    network.register(this.#sync.channel);
    for (const channel of consensus.channels) network.register(channel);
    network.register(mempool.channel);
    network.register(evidence.channel);
    for (const channel of deps.checkpoint?.channels ?? []) network.register(channel);
  }

  get phase(): ConsensusPhase {
    return this.#phase;
  }

  /** Since when it is in its phase, Unix milliseconds. */
  get phaseSinceMs(): number {
    return this.#phaseSinceMs;
  }

  /** How fetching blocks goes; null while nothing is fetched. */
  get progress(): SyncRate | null {
    return this.#phase === "blocks" ? this.#meter.rate : null;
  }

  /** How far the machine's clock is ahead of the validators', in milliseconds; null when it is not known to be off. */
  get clockOffsetMs(): number | null {
    return this.isAlone ? null : this.#clock.offsetMs;
  }

  /** What works and is not as it should be. */
  warnings(): Warning[] {
    return consensusWarnings({
      network: this.report(),
      check: this.#portCheck,
      clockOffsetMs: this.clockOffsetMs,
      startedMs: this.#startedMs,
      nowMs: systemClock.now(),
    });
  }

  /** How restoring a checkpoint goes; null while none is restored. */
  get checkpointProgress(): CheckpointProgress | null {
    return this.#phase === "checkpoint" ? (this.#deps.checkpoint?.progress ?? null) : null;
  }

  /** The state of the connections. */
  report(): NetworkReport {
    return this.#deps.network.report();
  }

  /** Calls `listener` when the phase changes. */
  onPhase(listener: (phase: ConsensusPhase) => void): Disposer {
    return this.#phaseChanged.subscribe(listener);
  }

  /**
   * Begins to listen and to connect. Nothing is fetched before {@link catchUp}.
   * @throws QanatError when the address cannot be listened on
   */
  async start(): Promise<void> {
    this.#startedMs = systemClock.now();
    await this.#deps.network.start();
    this.#portCheck?.start();
  }

  /** Whether nobody else can make a block: there is no head to catch up with. */
  get isAlone(): boolean {
    const { engine, genesis, consensusKey } = this.#deps;
    const own = consensusAddress(consensusKey);
    const state = engine.store.state();
    if (state !== null) return state.validators.size === 1 && state.validators.indexOf(own) === 0;
    const [only, ...others] = genesis.validators;
    return others.length === 0 && only !== undefined && equal(consensusAddress(only.public_key), own);
  }

  /**
   * Fetches the chain up to its head; {@link follow} goes on from there.
   * @throws what ends the chain, and the signal's reason
   */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { checkpoint, engine, network } = this.#deps;
    if (checkpoint !== null && engine.store.state() === null) {
      this.#enter("checkpoint");
      await checkpoint.run(network, signal);
    }
    this.#enter("blocks");
    this.#watchProgress();
    try {
      await this.#sync.run(signal);
    } finally {
      this.#reporting();
    }
  }

  /** Takes part in the rounds. The chain is where the peers are. @throws as `ChainEngine.start` */
  follow(signal: AbortSignal): void {
    this.#deps.engine.start(signal);
    this.#stopWatching = this.#deps.engine.onBlock(({ block }) => {
      this.#clock.note(Number(block.header.time / NANOS_PER_MILLISECOND), systemClock.now());
    });
    for (const reactor of this.#reactors) reactor.start();
    this.#enter("rounds");
  }

  /** Ends taking part and all connections. The engine stops with its signal, or by whoever stops it. */
  async stop(): Promise<void> {
    this.#reporting();
    this.#stopWatching();
    for (const reactor of this.#reactors) reactor.stop();
    this.#portCheck?.stop();
    this.#phase = "stopped";
    await this.#deps.network.stop();
  }

  #enter(phase: ConsensusPhase): void {
    this.#phase = phase;
    this.#phaseSinceMs = systemClock.now();
    this.#phaseChanged.emit(phase);
  }

  #watchProgress(): void {
    const logger = this.#deps.logging.logger("chain");
    let sinceReportMs = 0;
    const look = () => {
      this.#reporting = systemClock.schedule(look, SyncMeter.intervalMs);
      const { progress } = this.#sync;
      if (progress === null || progress.target === 0n) return;
      this.#meter.note(progress.height, progress.target);
      sinceReportMs += SyncMeter.intervalMs;
      if (sinceReportMs < REPORT_INTERVAL_MS) return;
      sinceReportMs = 0;
      const { height, target, blocksPerSecond, secondsLeft } = this.#meter.rate!;
      logger.info(
        { height, target, blocks_per_second: Math.round(blocksPerSecond), seconds_left: secondsLeft },
        "fetching blocks",
      );
    };
    look();
  }
}
