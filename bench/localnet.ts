import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseDialAddress } from "../src/api/address.ts";
import { ApiClient } from "../src/api/client.ts";
import { fromHex } from "../src/codec/bytes.ts";

const executable = join(import.meta.dirname, "..", "bin", "oasis-node");

/** A local network in a process of its own, as a user starts it. */
export interface RunningLocalnet {
  readonly client: ApiClient;
  readonly runtimeId: Uint8Array;
  /** When the command was given, `performance.now()`. */
  readonly commandAt: number;
  /** From the command to the `ready` event. */
  readonly readyMs: number;
  /** Resident memory of the node's process in bytes. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Starts a local network in a new folder. @param paratime ELF or bundle; null: the demo */
export async function startLocalnet(paratime: string | null): Promise<RunningLocalnet> {
  const dir = mkdtempSync(join(tmpdir(), "qanat-bench-"));
  const commandAt = performance.now();
  const args = ["localnet", "--json", "--dir", dir, ...(paratime === null ? [] : ["--paratime", paratime])];
  const node = spawn(executable, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ready = await readyEvent(node);
  const readyMs = performance.now() - commandAt;
  const client = new ApiClient(parseDialAddress(`unix:${ready.socket}`));
  return {
    client,
    runtimeId: fromHex(ready.runtime_id),
    commandAt,
    readyMs,
    residentBytes: () => residentBytes(node.pid!),
    stop: async () => {
      client.close();
      const exited = new Promise((resolve) => node.once("exit", resolve));
      node.kill("SIGINT");
      await exited;
      rmSync(dir, { recursive: true });
    },
  };
}

function readyEvent(node: ChildProcess): Promise<{ socket: string; runtime_id: string }> {
  return new Promise((resolve, reject) => {
    node.once("exit", (code) => reject(new Error(`the local network ended with code ${code}`)));
    createInterface(node.stdout!).on("line", (line) => {
      const event = JSON.parse(line);
      if (event.event === "ready") resolve(event);
    });
  });
}

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) * 1024;
}
