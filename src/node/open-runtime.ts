import {
  blockEvents,
  governanceEvents,
  registryEvents,
  roothashEvents,
  type ServiceEvents,
  stakingEvents,
} from "../api/service-events.ts";
import type { ChainEngine } from "../chain/chain-engine.ts";
import { merkleProofs } from "../chain/merkle.ts";
import { encodeValidatorSet } from "../chain/validator-set-proto.ts";
import { equal, toHex } from "../codec/bytes.ts";
import type { Namespace } from "../codec/common-types.ts";
import { QanatError } from "../codec/errors.ts";
import { decode, encode } from "../codec/schema.ts";
import { sha256 } from "../crypto/hash.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import type { CommitteeNetwork } from "../p2p/libp2p/committee-network.ts";
import { forgetBundle, keepBundle, keptBundles } from "../runtime/bundle/added-bundles.ts";
import { type LoadedComponent, loadComponent } from "../runtime/bundle/load-component.ts";
import { type Bundle, readBundle } from "../runtime/bundle/read-bundle.ts";
import { createRuntimeHost } from "../runtime/create-runtime-host.ts";
import { countedHost } from "../runtime/metrics.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { openNodeDb } from "../storage/node-db/table-node-db.ts";
import type { Logging } from "../telemetry/logger.ts";
import { MerkleProof, ResultEvent, SignedTransaction } from "../types/consensus.ts";
import {
  EVENTS_GOVERNANCE,
  EVENTS_REGISTRY,
  EVENTS_ROOTHASH,
  EVENTS_STAKING,
  HostProveFreshnessRequest,
  type ProvenTransaction,
} from "../types/host-protocol-host-calls.ts";
import type { ChunkMetadata } from "../types/storage.ts";
import type { ConsensusView, TxPlace } from "../workers/consensus-view.ts";
import type { BundleFacts } from "../workers/host/binary-mismatch.ts";
import { InstalledVersions } from "../workers/host/installed-versions.ts";
import { switchVersions } from "../workers/host/version-switch.ts";
import { createHostHandler, type HostHandlerDeps } from "../workers/host-handler.ts";
import { RuntimeWorker } from "../workers/runtime-worker.ts";
import { stateSync } from "../workers/state-sync.ts";
import { StoredRoundHistory } from "../workers/storage/round-history.ts";
import { RoundStore } from "../workers/storage/round-store.ts";
import { workerTables } from "../workers/storage/tables.ts";
import type { SubmissionManager } from "../workers/submission.ts";
import { systemTimers } from "../workers/timers.ts";
import { shareCaches } from "./cache-shares.ts";
import type { NodeConsensus } from "./consensus-backend.ts";
import { lightBlockAt } from "./consensus-view.ts";
import type { NodeMetrics } from "./metrics/declare-metrics.ts";
import type { HostedRuntime, NodeOptions } from "./node-options.ts";
import { runtimeCheckpoints } from "./open-checkpoints.ts";

export interface OpenRuntimeDeps {
  environment: Environment;
  identity: NodeIdentity;
  engine: ChainEngine;
  backend: NodeConsensus;
  view: ConsensusView;
  submission: SubmissionManager;
  /** Null where the node has nobody to connect to. */
  network: CommitteeNetwork | null;
  logging: Logging;
  metrics: NodeMetrics | null;
}

/** A ParaTime that the node hosts. */
export interface OpenedRuntime {
  readonly worker: RuntimeWorker;
  /**
   * Takes one more version, which runs as soon as it is the deployed one, and after restarts too.
   * @param bundle what is in the file
   * @throws QanatError `runtime/bad-bundle`
   */
  addBundle(path: string, bundle: Bundle): void;
}

/** Puts one ParaTime together: its binary, its process host, its store and its worker. Nothing runs yet. */
export function openRuntime(
  options: NodeOptions,
  runtime: HostedRuntime,
  deps: OpenRuntimeDeps,
): OpenedRuntime {
  const { environment, identity, view, submission, logging, metrics } = deps;
  const { runtimeId } = runtime;
  const scope = toHex(runtimeId);
  const shares = shareCaches(options.cacheBytes, options.runtimes.length);
  const { dataDir } = options;
  const hostLogger = logging.logger("runtime/host");
  const installed = new InstalledVersions(loadComponent({ path: runtime.path, runtimeId, dataDir }));
  const kept = keptBundles({ dataDir, runtimeId }, (file, error) =>
    hostLogger.error({ file, err: error }, "a bundle that was added cannot be used"),
  );
  for (const component of kept) installed.add(component);
  const deployed = () => worker?.deployedVersion() ?? null;
  const db = openNodeDb(environment, runtimeId, { cacheBytes: shares.rounds });
  const store = new RoundStore(runtimeId, {
    db,
    history: new StoredRoundHistory(runtimeId, environment.table(workerTables.roundBlocks)),
    transaction: (body) => environment.transaction(body),
    metrics: metrics?.roundStore ?? null,
  });
  // The handler is needed to make the host, and the worker, whose pool it asks, needs the host.
  let worker: RuntimeWorker | null = null;
  const handler = createHostHandler(
    handlerDeps(deps, store, scope, (limit) => worker?.pool.scheduleExtra(limit).map((tx) => tx.raw) ?? []),
  );
  const uncounted = createRuntimeHost(
    {
      runtimeId,
      component: installed.current.component,
      // Asked at each start of the process.
      get binary() {
        return installed.take(deployed()).executable;
      },
      expectedVersion: () => installed.current.version ?? deployed(),
      processHost: options.processHost,
      sandboxBinary: options.sandboxBinary,
      dataDir,
      maxLogSize: options.maxRuntimeLogSize,
      chainContext: view.chainContext,
      localConfig: runtime.localConfig,
    },
    { handler, logger: hostLogger },
  );
  const host = switchVersions({
    host: metrics === null ? uncounted : countedHost(uncounted, metrics.host),
    installed,
    deployed,
    onBlock: (listener) => view.onBlock(listener),
  });
  worker = new RuntimeWorker(
    {
      runtimeId,
      txPool: options.txPool,
      compute: options.compute,
      get bundle() {
        return bundleFacts(installed.current);
      },
      nextVersion: (round) => installed.next(round),
      isPublic: options.isStatePublic,
      republishMs: options.republishMs,
      fetchers: options.fetchers,
      checkpointSync: options.checkpointSync,
    },
    {
      consensus: view,
      store,
      db,
      host,
      submission,
      nodeSigner: identity.node,
      network: deps.network,
      checkpoints: options.checkpointRounds === null ? null : givenCheckpoints(options.dataDir, runtimeId),
      timers: systemTimers,
      logger: logging.logger("worker/runtime"),
      metrics,
    },
  );
  const addBundle = (path: string, bundle: Bundle) => {
    const version = deployed();
    const old = version === null ? [] : installed.dropBefore(version);
    for (const component of old) forgetBundle({ dataDir, runtimeId }, component);
    const component = keepBundle(path, bundle, { dataDir, runtimeId });
    installed.add(component);
    hostLogger.info({ file: path, version: component.version }, "a bundle was added");
  };
  return { worker, addBundle };
}

/** Adds a bundle to the ParaTime that it is of. @throws QanatError `runtime/bad-bundle` when the node does not host it */
export function addBundle(path: string, runtimes: readonly OpenedRuntime[]): void {
  const bundle = readBundle(path);
  const { id } = bundle.manifest;
  const found = runtimes.find(({ worker }) => equal(worker.runtimeId, id));
  if (found !== undefined) found.addBundle(path, bundle);
  else {
    throw new QanatError(
      "runtime/bad-bundle",
      `this node does not host ParaTime ${toHex(id)}: name the bundle under runtime.paths of its configuration and restart it`,
    );
  }
}

/** The checkpoints that peers are given. */
function givenCheckpoints(dataDir: string, runtimeId: Namespace) {
  const files = runtimeCheckpoints(dataDir, runtimeId);
  return {
    checkpoints: () => files.list(),
    chunk: (chunk: ChunkMetadata) => files.readChunk(chunk),
  };
}

function bundleFacts({ version, manifestHash }: LoadedComponent): BundleFacts | null {
  return version === null || manifestHash === null ? null : { version, manifestHash };
}

function handlerDeps(
  { backend, engine, identity, submission, environment }: OpenRuntimeDeps,
  store: RoundStore,
  scope: string,
  scheduleExtra: HostHandlerDeps["scheduleExtra"],
): HostHandlerDeps {
  const localStorage = environment.table(workerTables.localStorage, scope);
  return {
    nodeId: identity.node.publicKey,
    genesisHeight: backend.genesis.height,
    runtimeSync: stateSync((root) => store.open(root)),
    consensusSync: backend.sync,
    lightBlockAt: (height) => lightBlockAt(engine, height),
    validatorsAt: (height) => {
      const validators = engine.validatorsAt(height);
      return validators === null ? null : { height, meta: encodeValidatorSet(validators, true) };
    },
    eventsAt: (height, kind) => eventsAt(backend, height, kind),
    blockMetadataTxAt: (height) => {
      // The block metadata transaction is the last one of every block (consensus-a.md 1.5).
      const index = (backend.blockAt(height)?.block.txs.length ?? 0) - 1;
      return index < 0 ? null : provenTransaction(backend, { height, index });
    },
    proveFreshness: async (blob, signal) => {
      const codec = HostProveFreshnessRequest.fields.blob;
      const place = await submission.submit(identity.node, "registry.ProveFreshness", codec, blob, signal);
      return provenTransaction(backend, place);
    },
    localStorage: {
      get: (key) => localStorage.get([key]),
      set: (key, value) => localStorage.put([key], value),
    },
    scheduleExtra,
  };
}

function provenTransaction(backend: NodeConsensus, { height, index }: TxPlace): ProvenTransaction {
  const { txs } = backend.blockAt(height)!.block;
  const proof = merkleProofs(txs.map((tx) => sha256(tx))).proofs[index]!;
  return {
    signed_tx: decode(SignedTransaction, txs[index]!),
    proof: { height, raw_proof: encode(MerkleProof, proof) },
  };
}

function eventsAt(backend: NodeConsensus, height: bigint, kind: number): ResultEvent[] | null {
  const block = backend.blockAt(height);
  const results = backend.resultsAt(height);
  if (block === null || results === null) return null;
  const executed = { height, txs: block.block.txs, results };
  const read = <E>(spec: ServiceEvents<E>) => blockEvents(spec, executed, "query");
  switch (kind) {
    case EVENTS_STAKING:
      return read(stakingEvents).map((staking) => ResultEvent.make({ staking }));
    case EVENTS_REGISTRY:
      return read(registryEvents).map((registry) => ResultEvent.make({ registry }));
    case EVENTS_ROOTHASH:
      return read(roothashEvents).map((roothash) => ResultEvent.make({ roothash }));
    case EVENTS_GOVERNANCE:
      return read(governanceEvents).map((governance) => ResultEvent.make({ governance }));
    default:
      return [];
  }
}
