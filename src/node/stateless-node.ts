import type { NodeBackend } from "../api/backend.ts";
import type { ListenAddress } from "../api/listener.ts";
import { ApiServer } from "../api/server.ts";
import { systemClock } from "../chain/clock.ts";
import { NANOS_PER_MILLISECOND } from "../chain/time.ts";
import { QanatError } from "../codec/errors.ts";
import { chainContext } from "../config/genesis/chain-context.ts";
import { cometGenesis } from "../config/genesis/comet-genesis.ts";
import { getEpoch } from "../consensus/beacon/state.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../crypto/identity.ts";
import { BlockDelivery } from "../stateless/block-delivery.ts";
import { HeadFollower, pause } from "../stateless/head-follower.ts";
import { Fetches } from "../stateless/missing.ts";
import { ProvenState } from "../stateless/proven-state.ts";
import { ProviderPool } from "../stateless/provider-pool.ts";
import { StatelessConsensus } from "../stateless/stateless-consensus.ts";
import { statelessHandlers } from "../stateless/stateless-handlers.ts";
import { VerifiedHeaders } from "../stateless/verified-headers.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { openEnvironment } from "../storage/environment/lmdb-environment.ts";
import { Emitter } from "../telemetry/emitter.ts";
import type { Logger, Logging } from "../telemetry/logger.ts";
import { describeWaiting } from "../telemetry/waiting.ts";
import type { Status } from "../types/api-control.ts";
import { controlErrors } from "../types/errors.ts";
import type { Document } from "../types/genesis.ts";
import { shareCaches } from "./cache-shares.ts";
import type { ExitReason } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";
import { type OpenLightClient, openLightClient } from "./open-light-client.ts";
import { softwareVersion } from "./software-version.ts";
import { type StatelessFigures, statelessConsensusStatus, statelessNodeStatus } from "./stateless-status.ts";
import { type StatelessWaitingFigures, statelessWaiting, statelessWarnings } from "./stateless-waiting.ts";
import { storePath } from "./storage/node-store.ts";

export interface StatelessNodeDeps {
  readonly genesis: Document;
  readonly logging: Logging;
}

/** A newest block younger than this means the node is up to date (facts/api.md 2.1). */
const SYNCED_WITHIN_MS = 60_000;

/**
 * A node that keeps neither chain nor state: it follows the headers with its light client, asks providers for all else
 * and verifies what they answer (facts/cometbft.md 7.4).
 */
export class StatelessNode {
  readonly identity: NodeIdentity;
  readonly chainContext: string;
  readonly #options: NodeOptions;
  readonly #genesis: Document;
  readonly #logger: Logger;
  readonly #environment: Environment;
  readonly #light: OpenLightClient;
  readonly #headers: VerifiedHeaders;
  readonly #pool: ProviderPool;
  readonly #state: ProvenState;
  readonly #fetches: Fetches;
  readonly #consensus: StatelessConsensus;
  readonly #follower: HeadFollower;
  readonly #api: ApiServer;
  readonly #exit = new Emitter<ExitReason>();
  readonly #stopping = new AbortController();
  readonly #version = softwareVersion();
  readonly #startedMs = Date.now();
  #epoch = 0n;

  /** @throws LightError when there is nobody to ask or nothing to trust */
  constructor(options: NodeOptions, { genesis, logging }: StatelessNodeDeps) {
    this.#options = options;
    this.#genesis = genesis;
    this.#logger = logging.logger("node");
    this.identity = loadOrCreateIdentity({ dataDir: options.dataDir, now: new Date() });
    this.chainContext = chainContext(genesis);
    this.#environment = openEnvironment(storePath(options.dataDir));
    const chain = cometGenesis(genesis, {
      debug: options.debug.dontBlameOasis,
      chainContext: this.chainContext,
    });
    this.#light = openLightClient(options.trust, {
      ...{
        chainId: chain.chain_id,
        environment: this.#environment,
        peers: null,
        providers: options.providers,
      },
      rejected: (name, reason) => this.#pool.wrong(name, reason),
      logger: logging.logger("light"),
    });
    const logger = logging.logger("stateless");
    const { signal } = this.#stopping;
    this.#headers = new VerifiedHeaders(this.#light.client);
    this.#pool = new ProviderPool(this.#light.nodes, { clock: systemClock, logger });
    this.#state = new ProvenState(this.#pool, shareCaches(options.cacheBytes, 0).state);
    this.#fetches = new Fetches(signal);
    const delivery = new BlockDelivery(signal, {
      ...{ headers: this.#headers, fetches: this.#fetches, logger },
      read: (height) => {
        const results = this.#consensus.resultsAt(height)!;
        return { ...this.#consensus.blockAt(height)!, height, results };
      },
      pause: (ms, until) => pause(systemClock, ms, until),
    });
    this.#consensus = new StatelessConsensus({
      ...{ genesis, chainContext: this.chainContext, params: chain.consensus_params },
      ...{ headers: this.#headers, pool: this.#pool, state: this.#state, stopping: signal, delivery },
      status: () => statelessConsensusStatus(this.#figures()),
    });
    this.#follower = new HeadFollower({
      ...{ pool: this.#pool, headers: this.#headers, clock: systemClock, logger },
    });
    const backends = { node: this.#backend(), consensus: this.#consensus };
    this.#api = new ApiServer(
      { listeners: options.listeners },
      {
        backends,
        handlers: statelessHandlers(backends, this.#fetches),
        logger: logging.logger("api"),
        metrics: null,
      },
    );
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
      this.#headers.advanced.subscribe(() => void this.#readEpoch());
      this.#follower.start(this.#stopping.signal);
      await this.#api.start();
      this.#logger.info(
        { chain_context: this.chainContext, version: this.#version, providers: this.#light.nodes.length },
        "node started",
      );
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends everything in the reverse order of `start`. */
  async stop(): Promise<void> {
    await this.#api.stop();
    this.#stopping.abort(new QanatError("node/stopping", "the node is stopping"));
    await this.#follower.ended();
    this.#light.close();
    await this.#environment.close();
    this.#logger.info({}, "node stopped");
  }

  /** Whether the newest verified block is recent. */
  isSynced(): boolean {
    const latest = this.#latestMs();
    return latest !== null && Date.now() - latest < SYNCED_WITHIN_MS;
  }

  /** The epoch is part of the status, which asks nobody. */
  async #readEpoch(): Promise<void> {
    const { signal } = this.#stopping;
    const read = () => getEpoch(this.#consensus.stateAt(this.#consensus.latestHeight())!).epoch;
    try {
      this.#epoch = await this.#fetches.complete(read, signal);
    } catch (error) {
      if (!signal.aborted) this.#logger.debug({ err: error }, "the epoch is not known");
    }
  }

  #latestMs(): number | null {
    const { latest } = this.#headers;
    return latest === null ? null : Number(latest.header.time / NANOS_PER_MILLISECOND);
  }

  #waitingFigures(): StatelessWaitingFigures {
    return {
      startedMs: this.#startedMs,
      latestMs: this.#latestMs(),
      isRecent: this.isSynced(),
      providers: this.#pool.report(),
      failure: this.#follower.failure,
      runtimes: this.#options.runtimes.length,
    };
  }

  #figures(): StatelessFigures {
    const waiting = this.#waitingFigures();
    return {
      options: this.#options,
      identity: this.identity,
      chainContext: this.chainContext,
      genesisHeight: this.#genesis.height,
      headers: this.#headers,
      providers: waiting.providers,
      epoch: this.#epoch,
      blockSize: this.#consensus.knownBlock(this.#headers.latestHeight)?.size ?? 0n,
      stateBytes: this.#state.bytes,
      environment: this.#environment,
      isSynced: waiting.isRecent,
      waiting: statelessWaiting(waiting),
      warnings: statelessWarnings(waiting),
    };
  }

  #status(): Status {
    return statelessNodeStatus(this.#figures());
  }

  #backend(): NodeBackend {
    const unsupported = async () => {
      throw controlErrors.notImplemented();
    };
    const waitSynced = async (signal: AbortSignal) => {
      if (this.isSynced()) return;
      await this.#headers.untilAdvanced(() => this.isSynced(), signal);
    };
    return {
      requestShutdown: async () => this.#exit.emit({ kind: "stopped" }),
      isSynced: () => this.isSynced(),
      waitSync: waitSynced,
      isReady: () => this.isSynced(),
      waitReady: waitSynced,
      blockers: () =>
        statelessWaiting(this.#waitingFigures()).map(
          (waiting) => `consensus: ${describeWaiting(waiting, Date.now())}`,
        ),
      getStatus: async () => this.#status(),
      upgradeBinary: unsupported,
      cancelUpgrade: unsupported,
      addBundle: unsupported,
    };
  }
}
