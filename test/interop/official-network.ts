import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { toBase64 } from "../../src/codec/bytes.ts";
import { loadPublicKey } from "../../src/crypto/key-file.ts";
import { nodeIdOf } from "../../src/p2p/comet/node-id.ts";
import type { PeerAddress } from "../../src/p2p/comet/peer-address.ts";

/** Environment variable with the path of an official oasis-node 26.1. */
const REFERENCE = "OASIS_NODE_REFERENCE";

/** Path of the official node; null, with a word on why, when the interop tests are to be skipped. */
export function officialBinary(): string | null {
  const path = process.env[REFERENCE];
  if (path === undefined || path === "") {
    console.log(`skipped: set ${REFERENCE} to an official oasis-node 26.1 to run the tests against it`);
    return null;
  }
  return path;
}

export interface OfficialNetworkOptions {
  readonly validators: number;
  /** Pause between blocks, as Go writes durations. */
  readonly timeoutCommit?: string;
  /** More flags of `genesis init`. */
  readonly genesisFlags?: readonly string[];
  /** Staking addresses with tokens, a million base units each. */
  readonly funded?: readonly string[];
}

/** One official node, set up and maybe running. */
export interface OfficialNode {
  readonly name: string;
  readonly dataDir: string;
  /** Where it listens for consensus peers. */
  readonly address: PeerAddress;
  /** `<base64 key>@host:port`, as its own configuration names peers. */
  readonly peerText: string;
  readonly p2pPort: number;
  /** Over its internal socket. Only while it runs. */
  readonly client: ApiClient;
  /**
   * @param config changes of its configuration, deep
   * @param program another program than the official one, with the same arguments
   * @param hasPeers false: it takes no consensus peers
   */
  start(config?: Record<string, unknown>, program?: string, hasPeers?: boolean): Promise<void>;
  /** Ends it as Ctrl-C does; at once when asked. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** The last lines of its log. */
  log(lines?: number): string;
}

/** A network of official nodes on loopback, in a folder of its own. */
export interface OfficialNetwork extends AsyncDisposable {
  readonly directory: string;
  readonly genesisPath: string;
  readonly validators: readonly OfficialNode[];
  /** Sets up one more node, of no role in the genesis document. */
  addNode(name: string, mode: "client" | "seed"): Promise<OfficialNode>;
}

/**
 * Sets up a network of official validators with stake checks off and addresses on loopback allowed. None of them is
 * started.
 */
export async function makeOfficialNetwork(
  binary: string,
  { validators: count, timeoutCommit = "200ms", genesisFlags = [], funded = [] }: OfficialNetworkOptions,
): Promise<OfficialNetwork> {
  const directory = mkdtempSync(join(tmpdir(), "qanat-official-"));
  const genesisPath = join(directory, "genesis.json");
  const entityDir = join(directory, "entity");
  const run = (...args: string[]) => runTool(binary, directory, args);
  mkdirSync(entityDir, { mode: 0o700 });
  run("registry", "entity", "init", "--signer.dir", entityDir);
  const entity = JSON.parse(readFileSync(join(entityDir, "entity.json"), "utf8")) as { id: string };
  const nodes: OfficialNode[] = [];
  const add = async (name: string, mode: string) => {
    const node = await setUpNode({ binary, directory, genesisPath, name, mode, entityId: entity.id });
    nodes.push(node);
    return node;
  };
  const validators: OfficialNode[] = [];
  for (let i = 0; i < count; i++) validators.push(await add(`validator-${i}`, "validator"));
  const descriptors = validators.map(({ dataDir }) => join(dataDir, "node_genesis.json"));
  run(
    "registry",
    "entity",
    "update",
    "--signer.dir",
    entityDir,
    "--entity.node.descriptor",
    descriptors.join(","),
  );
  run(
    ...[
      "genesis",
      "init",
      "--genesis.file",
      genesisPath,
      "--chain.id",
      "qanat-interop",
      "--initial_height",
      "1",
    ],
    ...["--entity", join(entityDir, "entity_genesis.json")],
    ...descriptors.flatMap((path) => ["--node", path]),
    ...["--debug.dont_blame_oasis", "--registry.debug.allow_unroutable_addresses", "true"],
    ...["--registry.debug.allow_test_runtimes", "true", "--scheduler.debug.bypass_stake", "true"],
    ...["--scheduler.max_validators_per_entity", String(count), "--consensus.feature_version", "26.1"],
    ...["--beacon.backend", "insecure", "--beacon.insecure.cometbft.interval", "100"],
    ...["--consensus.cometbft.timeout_commit", timeoutCommit],
    ...["--staking.token_symbol", "TEST", "--staking.token_value_exponent", "9"],
    ...(funded.length === 0 ? [] : ["--staking", writeStaking(directory, funded)]),
    ...genesisFlags,
  );
  return {
    ...{ directory, genesisPath, validators },
    addNode: add,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The part of a genesis document about accounts, as `genesis init` takes it. */
function writeStaking(directory: string, funded: readonly string[]): string {
  const path = join(directory, "staking.json");
  const balance = "1000000";
  const ledger = Object.fromEntries(funded.map((address) => [address, { general: { balance } }]));
  const total_supply = String(funded.length * Number(balance));
  writeFileSync(path, JSON.stringify({ params: { debonding_interval: 1 }, total_supply, ledger }));
  return path;
}

interface NodeSetUp {
  readonly binary: string;
  readonly directory: string;
  readonly genesisPath: string;
  readonly name: string;
  readonly mode: string;
  readonly entityId: string;
}

async function setUpNode({
  binary,
  directory,
  genesisPath,
  name,
  mode,
  entityId,
}: NodeSetUp): Promise<OfficialNode> {
  const dataDir = join(directory, name);
  const configPath = join(dataDir, "config.yml");
  const logPath = join(dataDir, "node.log");
  mkdirSync(dataDir, { mode: 0o700 });
  const [consensusPort, p2pPort] = await freePorts(2);
  const consensusAddress = `127.0.0.1:${consensusPort}`;
  const base = {
    mode,
    common: {
      data_dir: dataDir,
      log: { file: logPath, format: "JSON", level: { default: "info", cometbft: "debug" } },
      debug: { allow_root: true },
    },
    genesis: { file: genesisPath },
    consensus: {
      validator: mode === "validator",
      listen_address: `tcp://${consensusAddress}`,
      external_address: `tcp://${consensusAddress}`,
      debug: { addr_book_lenient: true, allow_duplicate_ip: true },
    },
    p2p: { port: p2pPort, registration: { addresses: [`127.0.0.1:${p2pPort}`] } },
    ...(mode === "validator" && { registration: { entity_id: entityId } }),
  };
  writeFileSync(configPath, stringify(base));
  // Makes the keys, too.
  const role = ["--node.role", "validator", "--node.expiration", "1", "--node.entity_id", entityId];
  const places = ["--node.p2p_address", `127.0.0.1:${p2pPort}`, "--node.consensus_address", consensusAddress];
  runTool(binary, directory, ["registry", "node", "init", "--config", configPath, ...role, ...places]);
  const key = loadPublicKey(join(dataDir, "p2p_pub.pem"));
  const socketPath = join(dataDir, "internal.sock");
  let child: ChildProcess | null = null;
  let client: ApiClient | null = null;
  const log = (lines = 20) => readFileSync(logPath, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  return {
    ...{ name, dataDir, p2pPort: p2pPort!, log },
    address: { id: nodeIdOf(key), host: "127.0.0.1", port: consensusPort! },
    peerText: `${toBase64(key)}@${consensusAddress}`,
    get client() {
      if (client === null) throw new Error(`${name} does not run`);
      return client;
    },
    async start(config = {}, program = binary, hasPeers = true) {
      writeFileSync(configPath, stringify(merge(base, config)));
      rmSync(socketPath, { force: true });
      const node = spawn(program, ["--config", configPath, "--debug.dont_blame_oasis"], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = node;
      let complaint = "";
      node.stderr.on("data", (chunk: Buffer) => {
        complaint = (complaint + chunk.toString()).slice(-2000);
      });
      const ended = new Promise<never>((_, reject) => {
        node.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${complaint}\n${log()}`)));
      });
      // A later end is nobody's surprise.
      ended.catch(() => {});
      await Promise.race([
        ended,
        eventually(async () => (!hasPeers || (await isReachable(consensusPort!))) && existsSync(socketPath)),
      ]);
      client = new ApiClient(parseDialAddress(`unix:${socketPath}`));
    },
    async stop(signal = "SIGINT") {
      client?.close();
      client = null;
      const running = child;
      child = null;
      if (running !== null) await endProcess(running, signal);
    },
  };
}

/** Ends a process unless it has ended; resolves when it is gone. */
export async function endProcess(running: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  const exited = new Promise((resolve) => running.once("exit", resolve));
  running.kill(signal);
  await exited;
}

function runTool(binary: string, directory: string, args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(binary, args, { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(`oasis-node ${args.slice(0, 3).join(" ")} failed: ${stderr}${stdout}`);
}

/** Waits for something that only another process knows. @throws when it takes longer than eight minutes */
export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 480_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("it did not happen within eight minutes");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Ports that nobody uses now. With a host of the caller's own nobody else will, either. */
export async function freePorts(count: number, host = "127.0.0.1"): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether somebody listens on a port. */
function isReachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function merge(base: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const old = merged[key];
    merged[key] = isSection(old) && isSection(value) ? merge(old, value) : value;
  }
  return merged;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
