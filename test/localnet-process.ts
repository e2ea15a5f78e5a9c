import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseDialAddress } from "../src/api/address.ts";
import { ApiClient } from "../src/api/client.ts";
import { fromHex } from "../src/codec/bytes.ts";
import { descendants, untilGone } from "./process-tree.ts";

const executable = join(import.meta.dirname, "..", "bin", "oasis-node");

/** For the nodes of a network that was killed, however busy the machine is. */
const END_TIMEOUT_MS = 60_000;

/** The `ready` event of `oasis-node localnet --json`. */
export interface Ready {
  readonly socket: string;
  readonly grpc: string;
  readonly http: string;
  readonly runtime_id: string;
  readonly chain_context: string;
  readonly genesis: string;
  readonly nodes: readonly ReadyNode[];
  readonly seed: ReadyNode | null;
}

/** A node in the `ready` event. */
export interface ReadyNode {
  readonly name: string;
  readonly socket: string;
  readonly consensus_address: string | null;
}

/** Any event, by the fields of all of them. */
export type Event = Readonly<Record<string, unknown>> & { readonly event: string };

/** A local network in a process of its own that is starting, as a user starts it. */
export interface StartingLocalnet extends AsyncDisposable {
  readonly pid: number;
  /** When the command was given, `performance.now()`. */
  readonly commandAt: number;
  /** Rejects with what the process complained about when it ends before it is ready. */
  readonly ready: Promise<LocalnetProcess>;
  /** Resolves with the first event that is accepted, also when it came before. */
  event(accept: (event: Event) => boolean): Promise<Event>;
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
  /** Resolves with the first event that is accepted, also when it came before. */
  event(accept: (event: Event) => boolean): Promise<Event>;
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
  // Its nodes end a moment after it, and write until then.
  const dispose = async () => {
    const nodes = descendants(node.pid!);
    await kill();
    await untilGone(nodes, END_TIMEOUT_MS);
  };
  const events = eventsOf(node);
  const ready = events
    .next(({ event }) => event === "ready")
    .then((found): LocalnetProcess => {
      const event = found as unknown as Ready;
      const client = new ApiClient(parseDialAddress(`unix:${event.socket}`));
      const closing = (end: () => Promise<void>) => () => {
        client.close();
        return end();
      };
      return {
        pid: node.pid!,
        ready: event,
        client,
        runtimeId: fromHex(event.runtime_id),
        commandAt,
        exited,
        event: events.next,
        stop: () => {
          client.close();
          return end("SIGINT");
        },
        kill: closing(kill),
        [Symbol.asyncDispose]: closing(dispose),
      };
    });
  // Who kills it while it starts does not care what it says.
  ready.catch(() => {});
  return { pid: node.pid!, commandAt, ready, event: events.next, kill, [Symbol.asyncDispose]: dispose };
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) * 1024;
}

/** The events that a network prints, from its start on. */
function eventsOf(node: ChildProcess) {
  const events: Event[] = [];
  const looks = new Set<() => void>();
  let complaints = "";
  node.stderr!.on("data", (chunk) => {
    complaints += chunk;
  });
  createInterface(node.stdout!).on("line", (line) => {
    events.push(JSON.parse(line));
    for (const look of looks) look();
  });
  const next = (accept: (event: Event) => boolean) =>
    new Promise<Event>((resolve, reject) => {
      const look = () => {
        const found = events.find(accept);
        if (found === undefined) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      // All that it printed has been read by then.
      node.once("close", (code) => {
        if (!looks.delete(look)) return;
        const ends = events.filter(({ state }) => state === "ended").map((event) => JSON.stringify(event));
        reject(new Error(`the local network ended with code ${code}: ${complaints}${ends.join("\n")}`));
      });
      look();
    });
  return { next };
}
