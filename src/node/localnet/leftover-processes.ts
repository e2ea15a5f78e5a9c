import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { NodeProcess } from "./node-process.ts";

const ProcessesFile = z.array(
  z.object({ name: z.string(), pid: z.number().int().positive(), config: z.string() }),
);

/** Pause between looks whether a process has ended. */
const LOOK_INTERVAL_MS = 50;
/** How long a node may take to stop in order. */
export const STOP_TIMEOUT_MS = 20_000;

/** Notes which processes run, for a later start that finds them without us. */
export function noteProcesses(path: string, processes: readonly NodeProcess[]): void {
  const list = processes.map(({ node, pid }) => ({ name: node.name, pid, config: node.paths.config }));
  writeFileSync(path, `${JSON.stringify(list, null, 2)}\n`);
}

/** Ends nodes that an earlier start, which was killed, has left behind: they have the files and ports of ours. */
export async function endLeftovers(path: string, progress: (step: string) => void): Promise<void> {
  for (const { name, pid, config } of readProcesses(path)) {
    if (!isNode(pid, config)) continue;
    progress(`stopping ${name} (process ${pid}), which an earlier start has left behind`);
    signalTo(pid, "SIGTERM");
    for (let waitedMs = 0; isNode(pid, config) && waitedMs < STOP_TIMEOUT_MS; waitedMs += LOOK_INTERVAL_MS) {
      await pause(LOOK_INTERVAL_MS);
    }
    if (isNode(pid, config)) signalTo(pid, "SIGKILL");
  }
  rmSync(path, { force: true });
}

function readProcesses(path: string): z.infer<typeof ProcessesFile> {
  try {
    return ProcessesFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Not there, or cut off by the end of who wrote it: then there is nothing to find them by.
    return [];
  }
}

/** Whether the process is still that node: its number may belong to another one by now. */
function isNode(pid: number, config: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(config);
  } catch {
    return false;
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
