import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { parseDialAddress } from "../src/api/address.ts";
import { ApiClient } from "../src/api/client.ts";
import { parseBlock } from "../src/chain/block.ts";
import { BlockExecutor, blockLimits } from "../src/chain/block-executor.ts";
import { catchUp } from "../src/chain/catch-up.ts";
import { ChainStore } from "../src/chain/chain-store.ts";
import { EvidencePool } from "../src/chain/evidence/evidence-pool.ts";
import { DEFAULT_MEMPOOL_OPTIONS, Mempool } from "../src/chain/mempool.ts";
import { openBlock } from "../src/chain/open-block.ts";
import { readRecordedChain } from "../src/chain/recorded-chain.ts";
import { toBase64 } from "../src/codec/bytes.ts";
import { chainContext } from "../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../src/config/genesis/comet-genesis.ts";
import { readGenesis } from "../src/config/genesis/read-genesis.ts";
import { ConsensusApplication } from "../src/consensus/application.ts";
import { DbStateStore } from "../src/consensus/state-store.ts";
import { loadOrCreateIdentity } from "../src/crypto/identity.ts";
import { loadPublicKey } from "../src/crypto/key-file.ts";
import { storePath } from "../src/node/storage/node-store.ts";
import { openEnvironment } from "../src/storage/environment/lmdb-environment.ts";
import { openNodeDb } from "../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../src/telemetry/logger.ts";
import { freePorts } from "../test/interop/official-network.ts";

const ours = join(import.meta.dirname, "..", "bin", "oasis-node");
/** How often a node is asked where it is. */
const LOOK_MS = 25;
/** Unit of /proc/PID/stat. */
const TICK_MS = 10;
const TIMEOUT_MS = 120_000;

export interface SyncFigures {
  /** From the start of the process to the head of the chain. */
  readonly wallMs: number;
  /** From the first block to the head. */
  readonly blocksPerSecond: number;
  readonly peakRssBytes: number;
  /** Time of all processors for it: what it costs, also on a busy machine. */
  readonly cpuMs: number;
}

export interface SyncMeasurements {
  /** Our node, served by our node. */
  readonly ours: SyncFigures;
  /** An official node served by our node, and one served by that one; null without a reference. */
  readonly official: { readonly servedByOurs: SyncFigures; readonly servedByOfficial: SyncFigures } | null;
}

/**
 * Measures nodes that begin with nothing and fetch a recorded chain from one peer over loopback: from the start of the
 * process to the last block that block sync can give, the one before the newest.
 * @param reference path of an official oasis-node; null: ours alone
 */
export async function measureSync(
  genesis: string,
  chain: string,
  reference: string | null,
): Promise<SyncMeasurements> {
  const directory = mkdtempSync(join(tmpdir(), "qanat-bench-sync-"));
  const running: ChildProcess[] = [];
  try {
    const newNode = (name: string, program: string) => setUp(directory, name, program, genesis, running);
    const source = await newNode("source", ours);
    const head = await fillStore(source.dataDir, genesis, chain);
    source.start([]);
    await source.height();
    const figures = await sync(await newNode("ours", ours), source, head - 1n);
    if (reference === null) return { ours: figures, official: null };
    const first = await newNode("official", reference);
    const servedByOurs = await sync(first, source, head - 1n);
    await source.stop();
    await pause(1000);
    const servedByOfficial = await sync(await newNode("official-2", reference), first, head - 2n);
    return { ours: figures, official: { servedByOurs, servedByOfficial } };
  } finally {
    for (const node of running) node.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One node with a folder of its own. */
interface BenchNode {
  readonly dataDir: string;
  /** `<base64 key>@host:port`; known once the node has its keys. */
  readonly peerText: string;
  readonly peakRssBytes: number;
  readonly cpuMs: number;
  start(peers: readonly string[]): void;
  /** Height of its newest block; waits until it answers. */
  height(): Promise<bigint>;
  stop(): Promise<void>;
}

async function setUp(
  directory: string,
  name: string,
  program: string,
  genesis: string,
  running: ChildProcess[],
): Promise<BenchNode> {
  const dataDir = join(directory, name);
  mkdirSync(dataDir, { mode: 0o700 });
  if (program === ours) loadOrCreateIdentity({ dataDir, now: new Date() });
  const [port, p2pPort] = await freePorts(2);
  const address = `127.0.0.1:${port}`;
  const client = new ApiClient(parseDialAddress(`unix:${join(dataDir, "internal.sock")}`));
  let process: ChildProcess | null = null;
  return {
    dataDir,
    get peerText() {
      return `${toBase64(loadPublicKey(join(dataDir, "p2p_pub.pem")))}@${address}`;
    },
    get peakRssBytes() {
      const status = readFileSync(`/proc/${process!.pid}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
    },
    get cpuMs() {
      const fields = readFileSync(`/proc/${process!.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    },
    start(peers) {
      const configPath = join(dataDir, "config.yml");
      const log = program === ours ? {} : { log: { file: join(dataDir, "node.log"), format: "JSON" } };
      writeFileSync(
        configPath,
        stringify({
          mode: "client",
          common: { data_dir: dataDir, debug: { allow_root: true }, ...log },
          genesis: { file: genesis },
          consensus: {
            listen_address: `tcp://${address}`,
            external_address: `tcp://${address}`,
            p2p: { persistent_peers: peers },
            debug: { addr_book_lenient: true, allow_duplicate_ip: true },
          },
          p2p: { port: p2pPort },
        }),
      );
      process = spawn(
        program,
        ["--config", configPath, "--debug.dont_blame_oasis", "--debug.allow_test_keys"],
        {
          stdio: ["ignore", "ignore", "inherit"],
        },
      );
      running.push(process);
    },
    async height() {
      const deadline = performance.now() + TIMEOUT_MS;
      for (;;) {
        try {
          return (await client.call("Consensus", "GetStatus", null)).latest_height;
        } catch (error) {
          if (process!.exitCode !== null) throw new Error(`${name} ended with code ${process!.exitCode}`);
          if (performance.now() > deadline) throw error;
          await pause(LOOK_MS);
        }
      }
    },
    async stop() {
      client.close();
      const exited = new Promise((resolve) => process!.once("exit", resolve));
      process!.kill("SIGINT");
      await exited;
    },
  };
}

/** Starts a node and waits until it has the block of a height. */
async function sync(node: BenchNode, from: BenchNode, target: bigint): Promise<SyncFigures> {
  const startedAt = performance.now();
  node.start([from.peerText]);
  let first: { at: number; height: bigint } | null = null;
  for (;;) {
    const height = await node.height();
    const now = performance.now();
    if (first === null && height > 0n) first = { at: now, height };
    if (height >= target) {
      const seconds = first === null || first.at === now ? Number.NaN : (now - first.at) / 1000;
      const blocksPerSecond = Number(height - (first?.height ?? 0n)) / seconds;
      const { peakRssBytes, cpuMs } = node;
      return { wallMs: now - startedAt, blocksPerSecond, peakRssBytes, cpuMs };
    }
    if (now - startedAt > TIMEOUT_MS) throw new Error(`a node is still at height ${height}`);
    await pause(LOOK_MS);
  }
}

/** Executes a recorded chain into the database of a node that does not run. @returns the height of the last block */
async function fillStore(dataDir: string, genesisPath: string, chain: string): Promise<bigint> {
  const document = await readGenesis(genesisPath);
  const environment = openEnvironment(storePath(dataDir));
  const logger = silentLogging.logger("bench");
  const db = openNodeDb(environment, new Uint8Array(32), { discardWriteLogs: true });
  const application = new ConsensusApplication(
    {
      document,
      chainContext: chainContext(document),
      ...{ dontBlameOasis: true, allowTestKeys: true, minGasPrice: 0n },
    },
    {
      store: new DbStateStore(db),
      ...{ logger, proposer: null, ownTxSigner: null, attestation: null, observer: null },
    },
  );
  const store = new ChainStore(environment);
  const evidence = new EvidencePool({ environment, store, logger });
  const heights = [...readRecordedChain(chain)];
  let state = catchUp(cometGenesis(document, { debug: true }), application, store, evidence, logger);
  const mempool = new Mempool(DEFAULT_MEMPOOL_OPTIONS, application, blockLimits(state));
  const executor = new BlockExecutor({ application, store, mempool, logger, evidence });
  environment.transaction(() => {
    for (const [i, { block: encoded, seenCommit }] of heights.entries()) {
      const { block, blockId } = openBlock(state, encoded);
      const next = heights[i + 1];
      // The last block's commit is only in the recording, if anywhere; nobody asks for it.
      const commit =
        next === undefined ? (seenCommit ?? block.last_commit) : parseBlock(next.block).last_commit;
      state = executor.execute(state, { block, blockId, encoded, commit }).state;
    }
  });
  await environment.close();
  return state.last_block_height;
}
