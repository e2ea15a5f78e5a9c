import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Application } from "../../src/chain/application.ts";
import { ChainEngine, type ChainEngineOptions } from "../../src/chain/chain-engine.ts";
import type { ConsensusSigner } from "../../src/chain/consensus-signature.ts";
import type { ChainGenesis } from "../../src/chain/genesis.ts";
import { DEFAULT_MEMPOOL_OPTIONS } from "../../src/chain/mempool.ts";
import { type BlockPacing, ROUND_TIMEOUTS } from "../../src/chain/rounds/timing.ts";
import { NANOS_PER_MILLISECOND, NANOS_PER_SECOND } from "../../src/chain/time.ts";
import { sha256 } from "../../src/crypto/hash.ts";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import type { Environment } from "../../src/storage/environment/environment.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { FakeClock } from "../fake-clock.ts";
import { memoryFolder } from "../temporary-folder.ts";
import { emptyDisk, KeyValueApplication, type KeyValueDisk } from "./key-value-application.ts";

export const GENESIS_TIME_MS = Date.UTC(2026, 0, 1);

export function testSignerOf(n: number): MemorySigner {
  return MemorySigner.fromSeed(sha256(new Uint8Array([n])));
}

/** Genesis of a test chain with validators 1 to `validators` of power 10 each. */
export function testGenesis(validators = 1): ChainGenesis {
  return {
    chain_id: "test-chain",
    genesis_time: BigInt(GENESIS_TIME_MS) * NANOS_PER_MILLISECOND,
    initial_height: 1n,
    consensus_params: {
      block: { max_bytes: 200_000n, max_gas: 1000n },
      evidence: { max_age_num_blocks: 100n, max_age_duration: 100n * NANOS_PER_SECOND, max_bytes: 50_000n },
      validator: { pub_key_types: ["ed25519"] },
      version: { app: 30_064_771_072n },
    },
    validators: Array.from({ length: validators }, (_, i) => ({
      public_key: testSignerOf(i + 1).publicKey,
      power: 10n,
    })),
  };
}

export const NETWORK_PACING = {
  kind: "network",
  timeoutCommitMs: 1000,
  skipTimeoutCommit: false,
  emptyBlockIntervalMs: 0,
} as const satisfies BlockPacing;

/** All that survives the end of one node's process. */
export interface NodeDisk {
  directory: string;
  environment: Environment;
  app: KeyValueDisk;
}

export function newDisk(): NodeDisk {
  return {
    directory: mkdtempSync(join(memoryFolder(), "chain-")),
    environment: memoryEnvironment(),
    app: emptyDisk(),
  };
}

export interface TestNode {
  engine: ChainEngine;
  disk: NodeDisk;
  clock: FakeClock;
  /** Ends the engine as its owner would. */
  controller: AbortController;
}

export interface TestNodeOptions {
  disk?: NodeDisk;
  clock?: FakeClock;
  pacing?: BlockPacing;
  genesis?: ChainGenesis;
  /** Number of its key; 0: none. */
  signer?: number;
  mempool?: Partial<ChainEngineOptions["mempool"]>;
  /** Stands between engine and application, for example to make it fail. */
  wrap?: (application: Application) => Application;
  /** Stands between engine and database. */
  wrapEnvironment?: (environment: Environment) => Environment;
  /** Stands between engine and key. */
  wrapSigner?: (signer: ConsensusSigner) => ConsensusSigner;
}

/** An engine with the key/value application, not started. */
export function testNode(options: TestNodeOptions = {}): TestNode {
  const disk = options.disk ?? newDisk();
  const clock = options.clock ?? new FakeClock(GENESIS_TIME_MS);
  const application = new KeyValueApplication(disk.app);
  const signer = options.signer === 0 ? null : testSignerOf(options.signer ?? 1);
  const engine = new ChainEngine(
    {
      genesis: options.genesis ?? testGenesis(),
      timing: { ...ROUND_TIMEOUTS, pacing: options.pacing ?? NETWORK_PACING },
      mempool: { ...DEFAULT_MEMPOOL_OPTIONS, ...options.mempool },
      directory: disk.directory,
    },
    {
      environment: options.wrapEnvironment?.(disk.environment) ?? disk.environment,
      application: options.wrap?.(application) ?? application,
      signer: signer && (options.wrapSigner?.(signer) ?? signer),
      clock,
      logger: silentLogging.logger("chain"),
    },
  );
  return { engine, disk, clock, controller: new AbortController() };
}

/** The application with a hook around each call: `before` and `after` get the name of the method. */
export function hookedApplication(
  application: Application,
  before: (method: keyof Application) => void,
  after: (method: keyof Application) => void = () => {},
): Application {
  const call = <T>(method: keyof Application, run: () => T): T => {
    before(method);
    const result = run();
    after(method);
    return result;
  };
  return {
    info: () => call("info", () => application.info()),
    initChain: (input) => call("initChain", () => application.initChain(input)),
    checkTx: (tx, kind) => call("checkTx", () => application.checkTx(tx, kind)),
    prepareProposal: (input) => call("prepareProposal", () => application.prepareProposal(input)),
    processProposal: (input) => call("processProposal", () => application.processProposal(input)),
    finalizeBlock: (input) => call("finalizeBlock", () => application.finalizeBlock(input)),
    commit: () => call("commit", () => application.commit()),
  };
}
