import type { ChainEngine } from "../../chain/chain-engine.ts";
import { consensusAddress } from "../../chain/validator.ts";
import { toHex } from "../../codec/bytes.ts";
import { getEpoch } from "../../consensus/beacon/state.ts";
import type { StakeAccounts } from "../../consensus/staking/metrics.ts";
import type { NodeIdentity } from "../../crypto/identity.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import { MetricsServer } from "../../telemetry/metrics/metrics-server.ts";
import type { RegistrationWorker } from "../../workers/registration/registration.ts";
import type { RuntimeWorker } from "../../workers/runtime-worker.ts";
import type { NodeConsensus } from "../consensus-backend.ts";
import { storageStatus } from "../storage-status.ts";
import type { NodeMetrics } from "./declare-metrics.ts";
import { ProcessProbe, residentBytesOfTree } from "./process-figures.ts";
import type { StatusFigures } from "./status-metrics.ts";
import { directoryBytes } from "./storage-metrics.ts";

/** A registry that can be read, as scrapers do. */
export interface ReadableRegistry extends MetricRegistry {
  readonly contentType: string;
  read(): Promise<string>;
}

export interface MetricsServiceOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  readonly accounts: StakeAccounts;
}

export interface MetricsServiceDeps {
  readonly registry: ReadableRegistry;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly engine: ChainEngine;
  readonly consensus: NodeConsensus;
  readonly workers: readonly RuntimeWorker[];
  /** Null: the node never registers. */
  readonly registration: RegistrationWorker | null;
  readonly environment: Environment;
  readonly status: () => StatusFigures;
  readonly logger: Logger;
}

/**
 * Counts what happens in a node, looks at the rest when metrics are read, and serves them. Without it nothing of this
 * runs: the modules' own counting is off then too.
 */
export class MetricsService {
  readonly #options: MetricsServiceOptions;
  readonly #deps: MetricsServiceDeps;
  readonly #server: MetricsServer;
  readonly #probe = new ProcessProbe();
  readonly #disposers: Disposer[] = [];

  constructor(options: MetricsServiceOptions, deps: MetricsServiceDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#server = new MetricsServer(options.listen, { metrics: deps.registry, logger: deps.logger });
    const looks = [
      () => deps.metrics.status.show(deps.status()),
      () => this.#showChain(),
      () => this.#showState(),
      ...deps.workers.map((worker) => () => this.#showWorker(worker)),
      async () => deps.metrics.storage.show(...(await this.#storageFigures())),
      async () => deps.metrics.process.show(await this.#probe.figures()),
    ];
    for (const look of looks) deps.registry.onRead(look);
  }

  /** Where metrics are served; known after `start`. */
  get address(): MetricsServer["address"] {
    return this.#server.address;
  }

  /** Call it before the chain starts, so that nothing is missed. @throws QanatError `metrics/listen` */
  async start(): Promise<void> {
    const { engine, metrics, workers, identity } = this.#deps;
    const ownAddress = consensusAddress(identity.consensus.publicKey);
    this.#probe.start();
    this.#disposers.push(
      engine.onBlock((block) => {
        metrics.chain.committed(block, ownAddress);
        metrics.cometbft.committed(block);
        metrics.roothash.executed(block.results);
      }),
      engine.signatures.subscribe(({ outcome }) => metrics.chain.precommitted(outcome)),
    );
    for (const worker of workers) {
      const runtime = toHex(worker.runtimeId);
      this.#disposers.push(
        worker.blocks.subscribe((block) => metrics.committee.processed(runtime, block)),
        worker.pool.dropped.subscribe(() => metrics.txPool.dropped(runtime)),
      );
    }
    await this.#server.start();
    const { host, port } = this.address;
    this.#deps.logger.info({ address: `${host}:${port}` }, "metrics are served");
  }

  async stop(): Promise<void> {
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#probe.stop();
    await this.#server.stop();
  }

  #showChain(): void {
    const { engine, consensus, metrics } = this.#deps;
    const { latestHeight, status } = engine;
    if (status.state === "stopped") return;
    const figures = {
      chainId: engine.state.chain_id,
      status,
      latestHeight,
      oldestHeight: engine.oldestHeight,
      validators: latestHeight === 0n ? null : engine.validatorsAt(latestHeight + 1n),
      mempool: consensus.unconfirmedTransactions(),
    };
    metrics.chain.show(figures);
    metrics.cometbft.show(figures);
  }

  #showState(): void {
    const { consensus, metrics, registration, workers } = this.#deps;
    const state = consensus.latestState();
    if (state === null) return;
    metrics.epoch.show(state);
    metrics.stake.show(state, this.#options.accounts);
    if (registration === null) return;
    const runtimes = workers.map((worker) => worker.runtimeId);
    metrics.registration.show({ registration, runtimes, epoch: getEpoch(state).epoch });
  }

  async #showWorker(worker: RuntimeWorker): Promise<void> {
    const { metrics, identity } = this.#deps;
    const { host, pool, executor, round, store } = worker;
    const runtime = toHex(worker.runtimeId);
    metrics.committee.show(worker, identity.node.publicKey);
    metrics.txPool.show({ runtime, pool, incomingMessages: round?.incomingMessages.length ?? 0 });
    metrics.roundStore.show(runtime, store);
    if (executor !== null) metrics.executor.show(runtime, executor.state);
    const status = host.status();
    metrics.host.show(host, status.state === "ready" ? await residentBytesOfTree(status.pid) : null);
  }

  async #storageFigures() {
    const { dataDir } = this.#options;
    return [storageStatus(this.#deps.environment, dataDir), await directoryBytes(dataDir)] as const;
  }
}
