import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LocalnetPaths } from "../../src/node/localnet/localnet-files.ts";
import type { LocalnetNode } from "../../src/node/localnet/localnet-nodes.ts";
import { untilReady } from "../../src/node/localnet/watch-node.ts";
import type { LocalnetProcess } from "../../test/localnet-process.ts";

const root = join(import.meta.dirname, "..", "..");
const READY_TIMEOUT_MS = 180_000;

/** One node that was ended and started again. */
export interface Restart {
  readonly seconds: number;
  readonly name: string;
  readonly signal: NodeJS.Signals;
  readonly code: number | null;
  /** From its start until it takes part again; null when it did not. */
  readonly readyMs: number | null;
}

/** The processes of the nodes, some of them started again by us. */
export class NodeProcesses {
  readonly #network: LocalnetProcess;
  readonly #pids = new Map<string, number>();
  readonly #again = new Map<string, ChildProcess>();
  /** By which the nodes are started again. */
  readonly #commands = new Map<string, string>();

  private constructor(network: LocalnetProcess) {
    this.#network = network;
  }

  /** Of a network that is ready. */
  static of(network: LocalnetProcess, paths: LocalnetPaths): NodeProcesses {
    const processes = new NodeProcesses(network);
    const noted: { name: string; pid: number }[] = JSON.parse(readFileSync(paths.processes, "utf8"));
    for (const { name, pid } of noted) processes.#pids.set(name, pid);
    return processes;
  }

  /** @returns null while it does not run */
  pidOf(name: string): number | null {
    return this.#pids.get(name) ?? null;
  }

  /** Ends a node, and starts it again by the command that the network gave. */
  async restart(node: LocalnetNode, signal: NodeJS.Signals): Promise<Pick<Restart, "code" | "readyMs">> {
    const { name } = node;
    const pid = this.#pids.get(name)!;
    const own = this.#again.get(name);
    const gone =
      own === undefined
        ? null
        : new Promise<number | null>((resolve) => own.once("exit", (code) => resolve(code)));
    process.kill(pid, signal);
    this.#pids.delete(name);
    const code = gone === null ? null : await gone;
    // The network tells of the end of its own process, which was the first one.
    const command =
      this.#commands.get(name) ??
      (await this.#network.event((event) => event.node === name && event.state === "ended")).again;
    this.#commands.set(name, command as string);
    const [program, ...args] = (command as string).split(" ");
    const began = performance.now();
    const said = openSync(join(node.paths.dir, "terminal.txt"), "a");
    const child = spawn(join(root, program!), args, { stdio: ["ignore", said, said] });
    closeSync(said);
    this.#again.set(name, child);
    this.#pids.set(name, child.pid!);
    const over = new AbortController();
    child.once("exit", () => over.abort());
    const isReady = await untilReady(node, {
      signal: AbortSignal.any([over.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]),
      waits: (what) => console.error(`${name} waits for ${what}`),
    }).then(
      () => true,
      () => false,
    );
    return { code, readyMs: isReady ? performance.now() - began : null };
  }

  /** Ends those that we started; the network ends its own. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#again.values()].map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return null;
        const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
        child.kill("SIGTERM");
        return gone;
      }),
    );
  }

  /** Ends those that we started at once. */
  kill(): void {
    for (const child of this.#again.values()) child.kill("SIGKILL");
  }
}
