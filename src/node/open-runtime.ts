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
import { toHex } from "../codec/bytes.ts";
import type { Namespace } from "../codec/common-types.ts";
import { decode, encode } from "../codec/schema.ts";
import { sha256 } from "../crypto/hash.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import type { CommitteeNetwork } from "../p2p/libp2p/committee-network.ts";
import { type LoadedComponent, loadComponent } from "../runtime/bundle/load-component.ts";
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

/** Puts one ParaTime together: its binary, its process host, its store and its worker. Nothing runs yet. */
export function openRuntime(
  options: NodeOptions,
  runtime: HostedRuntime,
  deps: OpenRuntimeDeps,
): RuntimeWorker {
  const { environment, identity, view, submission, logging, metrics } = deps;
  const { runtimeId } = runtime;
  const scope = toHex(runtimeId);
  const shares = shareCaches(options.cacheBytes, options.runtimes.length);
  const component = loadComponent({ path: runtime.path, runtimeId, dataDir: options.dataDir });
  const store = new RoundStore(runtimeId, {
    db: openNodeDb(environment, runtimeId, { cacheBytes: shares.rounds }),
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
      component: component.component,
      binary: component.executable,
      expectedVersion: () => component.version ?? worker?.deployedVersion() ?? null,
      processHost: options.processHost,
      sandboxBinary: options.sandboxBinary,
      dataDir: options.dataDir,
      maxLogSize: options.maxRuntimeLogSize,
      chainContext: view.chainContext,
      localConfig: runtime.localConfig,
    },
    { handler, logger: logging.logger("runtime/host") },
  );
  const host = metrics === null ? uncounted : countedHost(uncounted, metrics.host);
  worker = new RuntimeWorker(
    {
      runtimeId,
      txPool: options.txPool,
      compute: options.compute,
      bundle: bundleFacts(component),
      republishMs: options.republishMs,
      fetchers: options.fetchers,
    },
    {
      consensus: view,
      store,
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
  return worker;
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
