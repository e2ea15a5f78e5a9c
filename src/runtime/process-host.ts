import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { HostFailure } from "./failure.ts";

/** How a process ended: by itself with a code, or by a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A started ParaTime process, whatever confines it. */
export interface ParaTimeProcess {
  readonly pid: number;
  /** Standard output and standard error. */
  readonly output: readonly Readable[];
  /** Resolves when the process is gone, has been reaped and its output was read. */
  readonly exited: Promise<ProcessExit>;
  /** Ends the process and its group at once. Does nothing when it is gone already. */
  kill(): void;
}

export interface LaunchOptions {
  executable: string;
  /** Variables that the process gets. */
  environment: Readonly<Record<string, string>>;
  /** The host's socket, by its path on the host. */
  socketPath: string;
  allowNetwork: boolean;
}

/** One way to run a ParaTime process. */
export interface ProcessHost {
  /** The socket's path as the process sees it. */
  socketPathFor(hostPath: string): string;
  /**
   * Starts the process.
   * @throws HostFailureError when what it needs is missing or the system refuses
   */
  launch(options: LaunchOptions): Promise<ParaTimeProcess>;
  /** What the last line of a process that ended means, when it is this host's own word rather than the ParaTime's. */
  explainExit(lastLine: string): HostFailure | null;
}

/** How long the output of a process that is gone is read on, in milliseconds. */
const LAST_WORDS_MS = 250;

/**
 * Starts a child in a process group of its own, without standard input, and feeds `inputs` to its file descriptors
 * from 3 on.
 *
 * @throws the system's error when the executable cannot be started
 */
export async function spawnProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  inputs: readonly Uint8Array[] = [],
): Promise<ParaTimeProcess> {
  const stdio: StdioOptions = ["ignore", "pipe", "pipe", ...inputs.map(() => "pipe" as const)];
  const child = spawn(command, args, { stdio, env: { ...env }, detached: true });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    // Its last words are still being read when it is gone; a descendant of it may keep the pipes open for ever.
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal }), LAST_WORDS_MS).unref());
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  for (const [i, input] of inputs.entries()) {
    const pipe = child.stdio[3 + i] as Writable;
    // A child that ends before it has read everything says why by its exit.
    pipe.on("error", () => {});
    pipe.end(input);
  }
  return { pid: child.pid!, output: [child.stdout!, child.stderr!], exited, kill: () => killGroup(child) };
}

function killGroup(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  try {
    // The child leads its group (`detached`): whatever it has started goes with it.
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}
