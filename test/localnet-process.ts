import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseDialAddress } from "../src/api/address.ts";
import { ApiClient } from "../src/api/client.ts";
import { fromHex } from "../src/codec/bytes.ts";

const executable = join(import.meta.dirname, "..", "bin", "oasis-node");

/** The `ready` event of `oasis-node localnet --json`. */
export interface Ready {
  readonly socket: string;
  readonly grpc: string;
  readonly http: string;
  readonly runtime_id: string;
  readonly chain_context: string;
  readonly genesis: string;
}

/** A local network in a process of its own that is starting, as a user starts it. */
export interface StartingLocalnet extends AsyncDisposable {
  readonly pid: number;
  /** When the command was given, `performance.now()`. */
  readonly commandAt: number;
  /** Rejects with what the process complained about when it ends before it is ready. */
  readonly ready: Promise<LocalnetProcess>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<void>;
}

/** A local network that has said that it is ready. Leaving its scope ends it at once. */
export interface LocalnetProcess extends AsyncDisposable {
  readonly pid: number;
  readonly ready: Ready;
  /** Over the internal socket. */
  readonly client: ApiClient;
  readonly runtimeId: Uint8Array;
  /** When the command was given, `performance.now()`. */
  readonly commandAt: number;
  /** Resolves with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Ends it as Ctrl-C does; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<void>;
}

export function newLocalnetDir(): string {
  return mkdtempSync(join(tmpdir(), "qanat-localnet-"));
}

export function removeLocalnetDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** Starts a local network in a folder, or continues the one that is there. @param args more flags */
export function startLocalnet(dir: string, args: readonly string[] = []): Promise<LocalnetProcess> {
  return spawnLocalnet(dir, args).ready;
}

/** As {@link startLocalnet}, without waiting for anything. */
export function spawnLocalnet(dir: string, args: readonly string[] = []): StartingLocalnet {
  const commandAt = performance.now();
  const node = spawn(executable, ["localnet", "--json", "--dir", dir, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => node.once("exit", resolve));
  const end = async (signal: NodeJS.Signals) => {
    node.kill(signal);
    return await exited;
  };
  const kill = async () => {
    await end("SIGKILL");
  };
  const ready = readyEvent(node).then((event): LocalnetProcess => {
    const client = new ApiClient(parseDialAddress(`unix:${event.socket}`));
    const killIt = () => {
      client.close();
      return kill();
    };
    return {
      pid: node.pid!,
      ready: event,
      client,
      runtimeId: fromHex(event.runtime_id),
      commandAt,
      exited,
      stop: () => {
        client.close();
        return end("SIGINT");
      },
      kill: killIt,
      [Symbol.asyncDispose]: killIt,
    };
  });
  // Who kills it while it starts does not care what it says.
  ready.catch(() => {});
  return { pid: node.pid!, commandAt, ready, kill, [Symbol.asyncDispose]: kill };
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) * 1024;
}

function readyEvent(node: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let complaints = "";
    node.stderr!.on("data", (chunk) => {
      complaints += chunk;
    });
    node.once("exit", (code) =>
      reject(new Error(`the local network ended with code ${code}: ${complaints}`)),
    );
    createInterface(node.stdout!).on("line", (line) => {
      const event = JSON.parse(line);
      if (event.event === "ready") resolve(event);
    });
  });
}
