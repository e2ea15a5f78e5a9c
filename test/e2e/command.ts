import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The command line as it is installed. */
export const executable = join(import.meta.dirname, "..", "..", "bin", "oasis-node");

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. @param program another program than ours, with the same arguments */
export async function oasisNode(
  args: readonly string[],
  { program = executable, cwd }: { program?: string; cwd?: string } = {},
): Promise<Output> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd && { cwd }) });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

/** One line of a node's log. */
export interface LogEntry {
  readonly level: string;
  readonly module: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A node in a process of its own, started as an operator starts it. Leaving its scope ends it at once. */
export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has written to standard error so far. */
  readonly stderr: string;
  /** Resolves with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /**
   * Resolves with the next line of the log, from the last one that was asked for on, that is accepted.
   * @throws Error with what the node wrote when it ends before
   */
  logged(accept: (entry: LogEntry) => boolean): Promise<LogEntry>;
  /** Resolves when all parts of the node run. */
  started(): Promise<LogEntry>;
  /** Sends a signal; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  readonly cwd?: string;
  /** In place of the system's. Made when it is not there. */
  readonly temporaryDirectory?: string;
  /** A command that runs the command after it somewhere else. */
  readonly within?: readonly string[];
}

/** Starts a node with `log.format` JSON on standard error. */
export function startNode(
  args: readonly string[],
  { cwd, temporaryDirectory, within = [] }: StartOptions = {},
): NodeProcess {
  if (temporaryDirectory !== undefined) mkdirSync(temporaryDirectory, { recursive: true });
  const [program, ...rest] = [...within, executable, ...args];
  const child = spawn(program!, rest, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...(temporaryDirectory !== undefined && { TMPDIR: temporaryDirectory }) },
    ...(cwd !== undefined && { cwd }),
  });
  const log = new LogReader(child);
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const stop = (signal: NodeJS.Signals = "SIGINT") => {
    child.kill(signal);
    return exited;
  };
  const logged = (accept: (entry: LogEntry) => boolean) => log.next(accept);
  return {
    pid: child.pid!,
    get stderr() {
      return log.text;
    },
    exited,
    logged,
    started: () => logged(({ msg }) => msg === "node started"),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}

/** Hands out the lines of a log in their order, each once. */
class LogReader {
  text = "";
  readonly #unread: LogEntry[] = [];
  #ended = false;
  #wake: () => void = () => {};

  constructor(child: ChildProcess) {
    const lines = createInterface(child.stderr!);
    lines.on("line", (line) => {
      this.text += `${line}\n`;
      if (line.startsWith("{")) this.#unread.push(JSON.parse(line));
      this.#wake();
    });
    lines.once("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async next(accept: (entry: LogEntry) => boolean): Promise<LogEntry> {
    for (;;) {
      for (let entry = this.#unread.shift(); entry !== undefined; entry = this.#unread.shift()) {
        if (accept(entry)) return entry;
      }
      if (this.#ended) throw new Error(`the node ended: ${this.text}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
