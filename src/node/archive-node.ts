import type { Backends, NodeBackend } from "../api/backend.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { ListenAddress } from "../api/listener.ts";
import { ApiServer } from "../api/server.ts";
import { QanatError } from "../codec/errors.ts";
import { chainContext } from "../config/genesis/chain-context.ts";
import { sha256 } from "../crypto/hash.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../crypto/identity.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { openEnvironment } from "../storage/environment/lmdb-environment.ts";
import { Emitter } from "../telemetry/emitter.ts";
import type { Logger } from "../telemetry/logger.ts";
import { FEATURE_ARCHIVE_NODE, FEATURE_SERVICES, STATUS_READY } from "../types/api-consensus.ts";
import { Status } from "../types/api-control.ts";
import { controlErrors } from "../types/errors.ts";

import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import { SubmissionManager } from "../workers/submission.ts";
import { systemTimers } from "../workers/timers.ts";
import { ArchiveConsensus } from "./archive-consensus.ts";
import { ArchiveRuntimeClient } from "./archive-runtime-client.ts";
import { consensusView } from "./consensus-view.ts";
import { declareMetrics } from "./metrics/declare-metrics.ts";
import type { MetricsService } from "./metrics/metrics-service.ts";
import type { ExitReason, NodeDeps } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";
import { openConsensus } from "./open-consensus.ts";
import { openMetrics } from "./open-metrics.ts";
import { openRuntime } from "./open-runtime.ts";
import { Readiness } from "./readiness.ts";
import { runtimeStatuses } from "./runtime-status.ts";
import { softwareVersion } from "./software-version.ts";
import { rootWarnings, waitingList, workerWarnings } from "./status.ts";
import { statusHead } from "./status-head.ts";
import { storePath } from "./storage/node-store.ts";
import { storageStatus } from "./storage-status.ts";

/**
 * A node that answers from what another run of it has stored, and changes nothing: no peers, no blocks, no roles
 * (oasis-core v26.1 go/consensus/cometbft/full/archive.go). ParaTimes run for queries of any kept round.
 */
export class ArchiveNode {
  readonly identity: NodeIdentity;
  readonly chainContext: string;
  readonly #options: NodeOptions;
  readonly #logger: Logger;
  readonly #environment: Environment;
  readonly #consensus: ArchiveConsensus;
  readonly #workers: readonly RuntimeWorker[];
  readonly #readiness: Readiness;
  readonly #api: ApiServer;
  readonly #metrics: MetricsService | null;
  readonly #exit = new Emitter<ExitReason>();
  readonly #version = softwareVersion();

  /** @throws QanatError `node/archive-empty` where no chain is stored */
  constructor(options: NodeOptions, { genesis, logging, metrics: registry }: NodeDeps) {
    const kept = registry === null ? null : { registry, metrics: declareMetrics(registry) };
    this.#options = options;
    this.#logger = logging.logger("node");
    this.identity = loadOrCreateIdentity({ dataDir: options.dataDir, now: new Date() });
    this.chainContext = chainContext(genesis);
    const { identity } = this;
    const environment = openEnvironment(storePath(options.dataDir));
    this.#environment = environment;
    const statusFacts = () => ({
      status: STATUS_READY,
      features: FEATURE_SERVICES | FEATURE_ARCHIVE_NODE,
      consensusAddress: sha256(identity.consensus.publicKey).subarray(0, 20),
      p2p: null,
    });
    const parts = openConsensus(options, {
      ...{ genesis, environment, identity, logging, statusFacts },
      chainContext: this.chainContext,
    });
    const { engine } = parts;
    if (engine.latestHeight === 0n) throw emptyArchive(options.dataDir);
    const backend = new ArchiveConsensus({ ...parts, genesis, chainContext: this.chainContext, statusFacts });
    this.#consensus = backend;
    const view = consensusView(backend, engine);
    const submission = new SubmissionManager(options.submission, {
      consensus: view,
      timers: systemTimers,
      logger: logging.logger("consensus/submission"),
    });
    const metrics = kept?.metrics ?? null;
    this.#workers = options.runtimes.map(
      (runtime) =>
        openRuntime(options, runtime, {
          ...{ environment, identity, engine, backend, view, submission, logging, metrics },
          network: null,
        }).worker,
    );
    this.#readiness = new Readiness({
      // What is stored is all that there will be.
      consensus: { isSynced: () => true, waiting: () => null, onChange: () => () => {} },
      workers: this.#workers,
      registration: null,
    });
    const backends = this.#backends(view);
    this.#api = new ApiServer(
      { listeners: options.listeners },
      {
        backends,
        handlers: createHandlers(backends),
        logger: logging.logger("api"),
        metrics: metrics?.api ?? null,
      },
    );
    this.#metrics = openMetrics(options, kept, {
      ...{ identity, engine, environment },
      consensus: backend,
      workers: this.#workers,
      registration: null,
      status: () => ({
        version: this.#version,
        mode: options.mode,
        isSynced: true,
        isReady: this.#readiness.isReady(),
        waiting: waitingList(this.#readiness),
        warnings: workerWarnings(this.#workers),
      }),
      logger: logging.logger("metrics"),
    });
  }

  /** Addresses of the API's listeners, in their order; known after `start`. */
  get addresses(): readonly ListenAddress[] {
    return this.#api.addresses;
  }

  /** Resolves when the node was asked to end. */
  exited(): Promise<ExitReason> {
    return this.#exit.next(() => true, new AbortController().signal);
  }

  /** @throws when a part cannot start; what was started is stopped again then. */
  async start(): Promise<void> {
    try {
      await this.#metrics?.start();
      for (const worker of this.#workers) worker.start();
      await this.#api.start();
      const [from, to] = [this.#consensus.lastRetainedHeight(), this.#consensus.latestHeight()];
      this.#logger.info(
        { chain_context: this.chainContext, version: this.#version, from, to },
        "archive of stored blocks started",
      );
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends everything in the reverse order of `start`. */
  async stop(): Promise<void> {
    await this.#api.stop();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.#metrics?.stop();
    await this.#environment.close();
    this.#logger.info({}, "node stopped");
  }

  #backends(view: ReturnType<typeof consensusView>): Backends {
    const backends = { node: this.#nodeBackend(), consensus: this.#consensus };
    // As with the official node, an archive without ParaTimes has no service for their clients.
    if (this.#workers.length === 0) return backends;
    return { ...backends, runtime: new ArchiveRuntimeClient({ consensus: view, workers: this.#workers }) };
  }

  #nodeBackend(): NodeBackend {
    const unsupported = async () => {
      throw controlErrors.notImplemented();
    };
    const readiness = this.#readiness;
    return {
      requestShutdown: async () => this.#exit.emit({ kind: "stopped" }),
      isSynced: () => readiness.isSynced(),
      waitSync: (signal) => readiness.waitSynced(signal),
      isReady: () => readiness.isReady(),
      waitReady: (signal) => readiness.waitReady(signal),
      blockers: () => readiness.blockers(),
      getStatus: async () => this.#status(),
      upgradeBinary: unsupported,
      cancelUpgrade: unsupported,
      addBundle: unsupported,
    };
  }

  #status(): Status {
    const { identity } = this;
    const options = this.#options;
    return {
      ...Status.zero(),
      ...statusHead(options, identity, this.chainContext),
      consensus: this.#consensus.status(),
      runtimes: runtimeStatuses({ workers: this.#workers, identity, options }),
      waiting: waitingList(this.#readiness),
      storage: storageStatus(this.#environment, options.dataDir),
      warnings: [...rootWarnings(options), ...workerWarnings(this.#workers)],
    };
  }
}

function emptyArchive(dataDir: string): QanatError {
  return new QanatError(
    "node/archive-empty",
    `${dataDir} holds no chain, and with mode: archive the node serves what is stored there and fetches nothing. ` +
      "Name the data directory of a node that has run (common.data_dir), or run this one with mode: client first.",
  );
}
