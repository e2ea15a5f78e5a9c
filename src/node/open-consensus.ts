import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { StatusFacts } from "../api/consensus-status.ts";
import { ChainEngine } from "../chain/chain-engine.ts";
import { systemClock } from "../chain/clock.ts";
import type { ChainGenesis } from "../chain/genesis.ts";
import { DEFAULT_MEMPOOL_OPTIONS } from "../chain/mempool.ts";
import { type BlockPacing, ROUND_TIMEOUTS } from "../chain/rounds/timing.ts";
import { cometGenesis } from "../config/genesis/comet-genesis.ts";
import { type ApplicationDeps, ConsensusApplication } from "../consensus/application.ts";
import { DbStateStore } from "../consensus/state-store.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import { KnownSignatures } from "../crypto/known-signatures.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import { openNodeDb } from "../storage/node-db/table-node-db.ts";
import { createAttestationVerifier } from "../tee/attestation-verifier.ts";
import type { Logging } from "../telemetry/logger.ts";
import type { Parameters } from "../types/consensus.ts";
import type { Document } from "../types/genesis.ts";
import { shareCaches } from "./cache-shares.ts";
import { NodeConsensus } from "./consensus-backend.ts";
import type { NodeOptions } from "./node-options.ts";

export interface OpenConsensusDeps {
  genesis: Document;
  /** That of the genesis document. */
  chainContext: string;
  environment: Environment;
  identity: NodeIdentity;
  logging: Logging;
  statusFacts(): StatusFacts;
  /** See `ApplicationDeps.localUpgrades`; absent where no block is executed. */
  localUpgrades?: NonNullable<ApplicationDeps["localUpgrades"]>;
}

/** The consensus layer of a node, opened and not started. */
export interface OpenConsensus {
  readonly engine: ChainEngine;
  readonly application: ConsensusApplication;
  readonly chainGenesis: ChainGenesis;
  readonly backend: NodeConsensus;
  /** Versions of the state. */
  readonly db: NodeDb;
  /** Memory of signatures that were verified, the node's only one. */
  readonly known: KnownSignatures;
}

/** Consensus state has the zero namespace. */
const consensusNamespace = new Uint8Array(32);

/** Puts the state machine, its store and the chain engine together. */
export function openConsensus(options: NodeOptions, deps: OpenConsensusDeps): OpenConsensus {
  const { genesis, chainContext, environment, identity, logging } = deps;
  const { dontBlameOasis, allowTestKeys } = options.debug;
  const shares = shareCaches(options.cacheBytes, options.runtimes.length);
  const db = openNodeDb(environment, consensusNamespace, {
    discardWriteLogs: true,
    cacheBytes: shares.state,
  });
  const known = new KnownSignatures(shares.signatures);
  const application = new ConsensusApplication(
    {
      document: genesis,
      chainContext,
      dontBlameOasis,
      allowTestKeys,
      minGasPrice: options.minGasPrice,
      halt: options.halt,
    },
    {
      store: new DbStateStore(db),
      logger: logging.logger("consensus"),
      proposer: identity.consensus,
      ownTxSigner: identity.node.publicKey,
      attestation: createAttestationVerifier(options.debug.quoteRules),
      observer: null,
      known,
      ...(deps.localUpgrades && { localUpgrades: deps.localUpgrades }),
    },
  );
  const directory = join(options.dataDir, "consensus");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const chainGenesis = cometGenesis(genesis, { debug: dontBlameOasis, known, chainContext });
  const engine = new ChainEngine(
    {
      genesis: chainGenesis,
      timing: { ...ROUND_TIMEOUTS, pacing: options.pacing ?? networkPacing(genesis.consensus.params) },
      mempool: DEFAULT_MEMPOOL_OPTIONS,
      directory,
    },
    {
      environment,
      application,
      signer: identity.consensus,
      clock: systemClock,
      logger: logging.logger("chain"),
      known,
    },
  );
  const backend = new NodeConsensus({
    genesis,
    chainContext,
    engine,
    application,
    db,
    statusFacts: deps.statusFacts,
  });
  return { engine, application, chainGenesis, backend, db, known };
}

/** Block times as all nodes of the network have them. */
function networkPacing(params: Parameters): BlockPacing {
  return {
    kind: "network",
    timeoutCommitMs: Number(params.timeout_commit / 1_000_000n),
    skipTimeoutCommit: params.skip_timeout_commit,
    emptyBlockIntervalMs: Number(params.empty_block_interval / 1_000_000n),
  };
}
