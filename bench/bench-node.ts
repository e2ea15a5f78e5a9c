import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { parseDialAddress } from "../src/api/address.ts";
import { ApiClient } from "../src/api/client.ts";
import { toBase64 } from "../src/codec/bytes.ts";
import { loadOrCreateIdentity } from "../src/crypto/identity.ts";
import { loadPublicKey } from "../src/crypto/key-file.ts";
import { freePorts } from "../test/interop/official-network.ts";

export const ours = join(import.meta.dirname, "..", "bin", "oasis-node");
/** How often a node is asked where it is. */
const LOOK_MS = 25;
/** Unit of /proc/PID/stat. */
const TICK_MS = 10;
const TIMEOUT_MS = 120_000;

export interface RunFigures {
  /** From the start of the process to the height. */
  readonly wallMs: number;
  /** From the first block to the height; NaN where that took no time that can be seen. */
  readonly blocksPerSecond: number;
  readonly peakRssBytes: number;
  /** Time of all processors for it: what it costs, also on a busy machine. */
  readonly cpuMs: number;
}

/** One node with a folder of its own; may be started again after a stop. */
export interface BenchNode {
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

/** Nodes that are ended, and whose folders are removed, with this object. */
export class BenchNodes {
  readonly #directory = mkdtempSync(join(tmpdir(), "qanat-bench-"));
  readonly #genesis: string;
  readonly #running: ChildProcess[] = [];

  /** @param genesis path of the genesis document of all of them */
  constructor(genesis: string) {
    this.#genesis = genesis;
  }

  /** @param program path of an oasis-node, ours or an official one */
  async add(name: string, program: string): Promise<BenchNode> {
    const dataDir = join(this.#directory, name);
    mkdirSync(dataDir, { mode: 0o700 });
    if (program === ours) loadOrCreateIdentity({ dataDir, now: new Date() });
    const [port, p2pPort] = await freePorts(2);
    const address = `127.0.0.1:${port}`;
    const configPath = join(dataDir, "config.yml");
    const socket = parseDialAddress(`unix:${join(dataDir, "internal.sock")}`);
    let client = new ApiClient(socket);
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
      start: (peers) => {
        writeFileSync(configPath, this.#config(program, dataDir, { address, p2pPort, peers }));
        const args = ["--config", configPath, "--debug.dont_blame_oasis", "--debug.allow_test_keys"];
        process = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
        this.#running.push(process);
      },
      height: async () => {
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
      stop: async () => {
        client.close();
        client = new ApiClient(socket);
        const exited = new Promise((resolve) => process!.once("exit", resolve));
        process!.kill("SIGINT");
        await exited;
      },
    };
  }

  #config(
    program: string,
    dataDir: string,
    { address, p2pPort, peers }: { address: string; p2pPort: number | undefined; peers: readonly string[] },
  ): string {
    const log = program === ours ? {} : { log: { file: join(dataDir, "node.log"), format: "JSON" } };
    return stringify({
      mode: "client",
      common: { data_dir: dataDir, debug: { allow_root: true }, ...log },
      genesis: { file: this.#genesis },
      consensus: {
        listen_address: `tcp://${address}`,
        external_address: `tcp://${address}`,
        p2p: { persistent_peers: peers },
        debug: { addr_book_lenient: true, allow_duplicate_ip: true },
      },
      p2p: { port: p2pPort },
    });
  }

  [Symbol.dispose](): void {
    for (const process of this.#running) process.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/**
 * Starts a node and waits until it has executed the block of a height.
 * @param from the peer it fetches blocks from; null: it has them
 */
export async function runTo(target: bigint, node: BenchNode, from: BenchNode | null): Promise<RunFigures> {
  const startedAt = performance.now();
  node.start(from === null ? [] : [from.peerText]);
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
