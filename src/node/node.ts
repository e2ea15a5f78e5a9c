import type { Backends, NodeBackend } from "../api/backend.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { ListenAddress } from "../api/listener.ts";
import { ApiServer } from "../api/server.ts";
import type { ChainEngine } from "../chain/chain-engine.ts";
import { toHex } from "../codec/bytes.ts";
import { QanatError } from "../codec/errors.ts";
import { chainContext } from "../config/genesis/chain-context.ts";
import { StopError } from "../consensus/errors.ts";
import { sha256 } from "../crypto/hash.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../crypto/identity.ts";
import type { RecurringWork } from "../storage/background/recurring-work.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { openEnvironment } from "../storage/environment/lmdb-environment.ts";
import { Emitter } from "../telemetry/emitter.ts";
import type { Logger, Logging } from "../telemetry/logger.ts";
import { FEATURE_FULL_NODE, FEATURE_SERVICES, STATUS_READY, STATUS_SYNCING } from "../types/api-consensus.ts";
import type { Status } from "../types/api-control.ts";
import type { Document } from "../types/genesis.ts";
import { RuntimeClient } from "../workers/client/runtime-client.ts";
import type { RegistrationWorker } from "../workers/registration/registration.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import { SubmissionManager } from "../workers/submission.ts";
import { systemTimers } from "../workers/timers.ts";
import { storedUpgrades } from "../workers/upgrades/stored-upgrades.ts";
import { UpgradeManager } from "../workers/upgrades/upgrade-manager.ts";
import { ChainEnd } from "./chain-end.ts";
import { type CommitteePeers, openCommitteePeers } from "./committee-peers.ts";
import type { NodeConsensus } from "./consensus-backend.ts";
import type { ConsensusPeers } from "./consensus-peers.ts";
import { consensusReadiness } from "./consensus-readiness.ts";
import { consensusView } from "./consensus-view.ts";
import { debugBackend } from "./debug-backend.ts";
import { exportGenesis } from "./export-genesis.ts";
import { declareMetrics, type NodeMetrics } from "./metrics/declare-metrics.ts";
import type { MetricsService, ReadableRegistry } from "./metrics/metrics-service.ts";
import type { StatusFigures } from "./metrics/status-metrics.ts";
import { nodeBackend } from "./node-backend.ts";
import type { NodeOptions } from "./node-options.ts";
import { openCheckpoints } from "./open-checkpoints.ts";
import { openConsensus } from "./open-consensus.ts";
import { openMetrics } from "./open-metrics.ts";
import { openPeers } from "./open-peers.ts";
import { openPruning } from "./open-pruning.ts";
import { openRegistration } from "./open-registration.ts";
import { addBundle, openRuntime } from "./open-runtime.ts";
import { openSentryServer } from "./open-sentry.ts";
import { peerTexts } from "./peers-status.ts";
import { Readiness } from "./readiness.ts";
import { softwareVersion } from "./software-version.ts";
import { nodeStatus, waitingList, warningList } from "./status.ts";
import { storePath } from "./storage/node-store.ts";

/** Why a node ended: it was asked to, or it cannot go on. */
export type ExitReason = { readonly kind: "stopped" } | { readonly kind: "failed"; readonly message: string };

export interface NodeDeps {
  /** The document of `genesisFile`, read and checked. */
  readonly genesis: Document;
  readonly logging: Logging;
  /** Where metrics are kept; null where the options ask for none. */
  readonly metrics: ReadableRegistry | null;
}

/**
 * One node: everything built in the order of its dependencies, started in that order, stopped in reverse.
 *
 * Nothing runs before `start`. `stop` leaves nothing behind: no timer, socket, process or open file.
 */
export class Node {
  readonly identity: NodeIdentity;
  readonly genesis: Document;
  readonly chainContext: string;
  readonly workers: readonly RuntimeWorker[];
  readonly registration: RegistrationWorker;
  readonly #options: NodeOptions;
  readonly #logger: Logger;
  readonly #environment: Environment;
  readonly #engine: ChainEngine;
  readonly #chainEnd: ChainEnd;
  readonly #upgrades: UpgradeManager;
  readonly #consensus: NodeConsensus;
  readonly #peers: ConsensusPeers;
  readonly #committeePeers: CommitteePeers | null;
  readonly #readiness: Readiness;
  readonly #background: readonly RecurringWork[];
  readonly #addBundle: (path: string) => void;
  readonly #api: ApiServer;
  /** Null when the node is no sentry. */
  readonly #sentry: ApiServer | null;
  readonly #metrics: MetricsService | null;
  readonly #exit = new Emitter<ExitReason>();
  readonly #stopping = new AbortController();
  readonly #version = softwareVersion();

  constructor(options: NodeOptions, { genesis, logging, metrics: registry }: NodeDeps) {
    const kept = registry === null ? null : { registry, metrics: declareMetrics(registry) };
    this.#options = options;
    this.#logger = logging.logger("node");
    this.identity = loadOrCreateIdentity({ dataDir: options.dataDir, now: new Date() });
    this.genesis = genesis;
    this.chainContext = chainContext(this.genesis);
    this.#environment = openEnvironment(storePath(options.dataDir));
    this.#upgrades = new UpgradeManager({
      store: storedUpgrades(this.#environment),
      logger: logging.logger("upgrade"),
    });
    const { engine, backend, db, application, chainGenesis, known } = openConsensus(options, {
      genesis: this.genesis,
      chainContext: this.chainContext,
      environment: this.#environment,
      identity: this.identity,
      logging,
      localUpgrades: (next) => this.#upgrades.due(next),
      statusFacts: () => ({
        status: this.isSynced() ? STATUS_READY : STATUS_SYNCING,
        features: FEATURE_SERVICES | FEATURE_FULL_NODE,
        consensusAddress: sha256(this.identity.consensus.publicKey).subarray(0, 20),
        p2p: {
          pub_key: this.identity.p2p.publicKey,
          peer_id: toHex(sha256(this.identity.p2p.publicKey).subarray(0, 20)),
          addresses: options.consensusAddresses.map((address) => ({
            id: this.identity.p2p.publicKey,
            address,
          })),
          peers: peerTexts(this.#peers.report()),
        },
      }),
    });
    this.#engine = engine;
    this.#consensus = backend;
    this.#committeePeers = openCommitteePeers(options, {
      ...{ engine, backend, logging },
      identity: this.identity,
    });
    this.#peers = openPeers(options, {
      engine,
      db,
      lightPeers: this.#committeePeers?.light ?? null,
      application,
      genesis: chainGenesis,
      chainContext: this.chainContext,
      known,
      environment: this.#environment,
      identity: this.identity,
      logging,
    });
    this.#chainEnd = new ChainEnd(options, {
      ...{ engine, application, upgrades: this.#upgrades, peers: this.#peers },
      exportGenesis: () => exportGenesis(options.dataDir, backend),
      ended: (reason) => this.#exit.emit(reason),
      signal: this.#stopping.signal,
      logger: this.#logger,
    });
    const view = consensusView(backend, engine);
    const submission = new SubmissionManager(options.submission, {
      consensus: view,
      timers: systemTimers,
      logger: logging.logger("consensus/submission"),
    });
    const runtimes = options.runtimes.map((runtime) =>
      openRuntime(options, runtime, {
        environment: this.#environment,
        identity: this.identity,
        engine,
        backend,
        view,
        submission,
        network: this.#committeePeers?.network ?? null,
        logging,
        metrics: kept?.metrics ?? null,
      }),
    );
    this.workers = runtimes.map(({ worker }) => worker);
    this.#addBundle = (path) => {
      addBundle(path, runtimes);
      this.registration.consider();
    };
    this.registration = openRegistration(options, {
      ...{ identity: this.identity, environment: this.#environment, workers: this.workers },
      ...{ view, submission, logging },
    });
    const { registration, workers } = this;
    const consensus = consensusReadiness(engine, this.#peers);
    this.#readiness = new Readiness({ consensus, workers, registration });
    const parts = { environment: this.#environment, workers, logging };
    const checkpoints = openCheckpoints(options, { ...parts, backend, view });
    const pruning = openPruning(options, { ...parts, engine, db, checkpoints });
    this.#background = [...checkpoints.work, ...pruning];
    this.#api = this.#createApi(logging, view, submission, kept?.metrics ?? null);
    this.#sentry = openSentryServer(options, { identity: this.identity, node: this.#nodeBackend(), logging });
    this.#metrics = openMetrics(options, kept, {
      identity: this.identity,
      engine,
      consensus: backend,
      workers: this.workers,
      registration: this.registration,
      environment: this.#environment,
      status: () => this.#statusFigures(),
      logger: logging.logger("metrics"),
    });
  }

  /** Addresses of the API's listeners, in their order; known after `start`. */
  get addresses(): readonly ListenAddress[] {
    return this.#api.addresses;
  }

  /** Where metrics are served; known after `start`; null where they are off. */
  get metricsAddress(): { readonly host: string; readonly port: number } | null {
    return this.#metrics?.address ?? null;
  }

  get consensus(): NodeConsensus {
    return this.#consensus;
  }

  /** Resolves when the node was asked to end, or cannot go on. */
  exited(): Promise<ExitReason> {
    return this.#exit.next(() => true, new AbortController().signal);
  }

  /** @throws when a part cannot start; what was started is stopped again then. */
  async start(): Promise<void> {
    try {
      this.#upgrades.begin();
      this.#chainEnd.watch();
      await this.#metrics?.start();
      await this.#peers.start();
      await this.#committeePeers?.start();
      if (this.#peers.isAlone) this.#followAlone();
      await this.#api.start();
      await this.#sentry?.start();
      this.#logger.info({ chain_context: this.chainContext, version: this.#version }, "node started");
      if (this.#peers.phase !== "rounds") void this.#catchUp();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends everything in the reverse order of `start`. */
  async stop(): Promise<void> {
    await this.#sentry?.stop();
    await this.#api.stop();
    await Promise.all(this.#background.map((work) => work.stop()));
    this.registration.stop();
    this.#stopping.abort(new QanatError("node/stopping", "the node is stopping"));
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.#committeePeers?.stop();
    await this.#peers.stop();
    this.#engine.stop();
    await this.#metrics?.stop();
    await this.#environment.close();
    this.#logger.info({}, "node stopped");
  }

  /** Whether the node is at the head of the chain. */
  isSynced(): boolean {
    return this.#readiness.isSynced();
  }

  /** Whether every role that the node wants works. */
  isReady(): boolean {
    return this.#readiness.isReady();
  }

  /** Fetches the chain up to its head, and goes on there. */
  async #catchUp(): Promise<void> {
    try {
      await this.#peers.catchUp(this.#stopping.signal);
      this.#follow();
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#chainEnd.halted(error);
    }
  }

  #followAlone(): void {
    try {
      this.#follow();
    } catch (error) {
      if (!(error instanceof StopError)) throw error;
      this.#chainEnd.halted(error);
    }
  }

  /** Everything that needs the head of the chain. @throws what a part that cannot start throws */
  #follow(): void {
    this.#peers.follow(this.#stopping.signal);
    this.#chainEnd.endWhenDue();
    this.#committeePeers?.follow();
    for (const worker of this.workers) {
      worker.start();
      worker.offerChanged.subscribe(() => this.registration.consider());
    }
    void this.registration.left.then(() => this.#exit.emit({ kind: "stopped" }));
    this.registration.start();
    for (const work of this.#background) work.start();
  }

  #statusFigures(): StatusFigures {
    const { workers } = this;
    return {
      version: this.#version,
      mode: this.#options.mode,
      isSynced: this.isSynced(),
      isReady: this.isReady(),
      waiting: waitingList(this.#readiness),
      warnings: warningList({
        ...{ workers, background: this.#background, peers: this.#peers },
        committeePeers: this.#committeePeers,
      }),
    };
  }

  #nodeBackend(): NodeBackend {
    return nodeBackend({
      readiness: this.#readiness,
      registration: this.registration,
      upgrades: this.#upgrades,
      addBundle: this.#addBundle,
      stopping: this.#stopping.signal,
      status: () => this.#status(),
    });
  }

  #createApi(
    logging: Logging,
    view: ReturnType<typeof consensusView>,
    submission: SubmissionManager,
    metrics: NodeMetrics | null,
  ): ApiServer {
    const backends: Backends = {
      node: this.#nodeBackend(),
      consensus: this.#consensus,
      runtime: new RuntimeClient({ consensus: view, workers: this.workers }),
      ...(this.#options.debug.dontBlameOasis && {
        debug: debugBackend({ consensus: view, submission, stopping: this.#stopping.signal }),
      }),
    };
    return new ApiServer(
      { listeners: this.#options.listeners },
      {
        backends,
        handlers: createHandlers(backends),
        logger: logging.logger("api"),
        metrics: metrics?.api ?? null,
      },
    );
  }

  #status(): Status {
    return nodeStatus({
      options: this.#options,
      identity: this.identity,
      consensus: this.#consensus,
      registration: this.registration,
      upgrades: this.#upgrades,
      workers: this.workers,
      environment: this.#environment,
      background: this.#background,
      readiness: this.#readiness,
      peers: this.#peers,
      committeePeers: this.#committeePeers,
    });
  }
}
