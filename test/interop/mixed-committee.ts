import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { stringify } from "yaml";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { toHex, utf8 } from "../../src/codec/bytes.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import { writeLocalnetConfig } from "../../src/node/localnet/localnet-config.ts";
import { type LocalnetSettings, localnetPaths } from "../../src/node/localnet/localnet-files.ts";
import { type LocalnetNode, localnetNodes, seedAddresses } from "../../src/node/localnet/localnet-nodes.ts";
import { setUpLocalnet } from "../../src/node/localnet/set-up-localnet.ts";
import { executable } from "../e2e/command.ts";
import type { ParaTimeClient } from "../e2e/key-value-client.ts";
import { endProcess, eventually, freePorts } from "./official-network.ts";

/** One node of a committee of ours and official ones. */
export interface MixedNode extends ParaTimeClient {
  readonly name: string;
  readonly isOfficial: boolean;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** The last lines of its log. */
  log(lines?: number): string;
}

export interface MixedCommittee extends AsyncDisposable {
  readonly runtimeId: Uint8Array;
  /** All are validators and run the ParaTime, ours first. */
  readonly nodes: readonly MixedNode[];
  /** Starts one more node that only follows. */
  addClient(name: string, isOfficial: boolean): Promise<MixedNode>;
}

/** The demo ParaTime. */
const demo = join(import.meta.dirname, "..", "..", "build", "keyvalue");

/**
 * Sets up a local network whose nodes are ours and official ones, one committee, and starts all of them.
 * @param binary the official node
 */
export async function startMixedCommittee(
  binary: string,
  { ours, official }: { readonly ours: number; readonly official: number },
): Promise<MixedCommittee> {
  const directory = mkdtempSync(join(tmpdir(), "qanat-mixed-"));
  const paths = localnetPaths(join(directory, "net"));
  mkdirSync(paths.dir, { mode: 0o700 });
  const validators = ours + official;
  const settings = await setUpLocalnet(
    { paths, paratime: demo, blockTimeMs: null, validators, compute: validators },
    { progress: () => {} },
  );
  const bundle = join(directory, "demo.orc");
  writeBundle(bundle, settings);
  const all = localnetNodes(paths, settings);
  const seeds = seedAddresses(all.find(({ kind }) => kind === "seed")!);
  const running: MixedNode[] = [];
  const add = (node: LocalnetNode, isOfficial: boolean): MixedNode => {
    const made = mixedNode(node, settings, isOfficial ? binary : null);
    running.push(made);
    return made;
  };
  const nodes: MixedNode[] = [];
  for (const [i, node] of all.entries()) {
    const isOfficial = node.kind !== "seed" && i >= ours;
    if (isOfficial) writeOfficialConfig(node, paths.genesis, { bundle, seeds, mode: "compute" });
    else {
      const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
      writeLocalnetConfig(paths, settings, node, { grpcPort, httpPort, seeds });
    }
    const made = add(node, isOfficial);
    if (node.kind !== "seed") nodes.push(made);
  }
  await Promise.all(running.map((node) => node.start()));
  return {
    runtimeId: settings.runtimeId,
    nodes,
    async addClient(name, isOfficial) {
      const [consensus, p2p] = (await freePorts(2)) as [number, number];
      const dir = join(paths.dir, name);
      const dataDir = join(dir, "node");
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      const node: LocalnetNode = {
        ...all[0]!,
        ...{ name, ports: { consensus, p2p } },
        paths: {
          ...all[0]!.paths,
          dir,
          dataDir,
          config: join(dir, "config.yml"),
          log: join(dataDir, "node.log"),
        },
      };
      Object.assign(node.paths, { socket: join(dataDir, "internal.sock") });
      writeOfficialConfig(node, paths.genesis, { bundle, seeds, mode: "client" });
      const made = add(node, isOfficial);
      await made.start();
      return made;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((node) => node.stop("SIGKILL")));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Packs the demo as operators get ParaTimes. */
function writeBundle(path: string, { runtimeId }: LocalnetSettings): void {
  const program = readFileSync(demo);
  const name = "runtime.elf";
  const manifest = {
    name: "demo",
    id: toHex(runtimeId),
    components: [{ kind: "ronl", elf: { executable: name }, version: {} }],
    digests: { [name]: toHex(sha512_256(program)) },
  };
  const files = { "META-INF/MANIFEST.MF": utf8(JSON.stringify(manifest)), [name]: program };
  writeFileSync(path, zipSync(files, { level: 0 }));
}

/** A configuration that official nodes take, and ours. */
function writeOfficialConfig(
  { paths, ports }: LocalnetNode,
  genesis: string,
  { bundle, seeds, mode }: { bundle: string; seeds: readonly string[]; mode: "compute" | "client" },
): void {
  const address = `tcp://127.0.0.1:${ports.consensus}`;
  const config = {
    mode,
    common: {
      data_dir: paths.dataDir,
      log: { file: paths.log, format: "JSON", level: { default: "debug", cometbft: "error" } },
      debug: { allow_root: true },
    },
    genesis: { file: genesis },
    consensus: {
      ...(mode === "compute" && { validator: true }),
      listen_address: address,
      external_address: address,
      debug: { addr_book_lenient: true, allow_duplicate_ip: true },
    },
    runtime: { paths: [bundle] },
    p2p: { port: ports.p2p, registration: { addresses: [`127.0.0.1:${ports.p2p}`] }, seeds },
    ...(mode === "compute" && { registration: { entity: join(paths.entityDir, "entity.json") } }),
  };
  writeFileSync(paths.config, stringify(config));
}

function mixedNode(
  { name, paths }: LocalnetNode,
  { runtimeId }: LocalnetSettings,
  binary: string | null,
): MixedNode {
  let child: ChildProcess | null = null;
  let client: ApiClient | null = null;
  const log = (lines = 30) =>
    existsSync(paths.log)
      ? readFileSync(paths.log, "utf8").trimEnd().split("\n").slice(-lines).join("\n")
      : "";
  return {
    ...{ name, runtimeId, isOfficial: binary !== null, log },
    get client() {
      if (client === null) throw new Error(`${name} does not run`);
      return client;
    },
    async start() {
      rmSync(paths.socket, { force: true });
      const args = ["--config", paths.config, "--debug.dont_blame_oasis"];
      const started = spawn(binary ?? executable, args, {
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = started;
      let complaint = "";
      started.stderr.on("data", (chunk: Buffer) => {
        complaint = (complaint + chunk.toString()).slice(-2000);
      });
      const ended = new Promise<never>((_, reject) => {
        started.once("exit", (code) =>
          reject(new Error(`${name} ended with ${code}: ${complaint}\n${log()}`)),
        );
      });
      // A later end is nobody's surprise.
      ended.catch(() => {});
      await Promise.race([ended, eventually(() => existsSync(paths.socket))]);
      client = new ApiClient(parseDialAddress(`unix:${paths.socket}`));
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
