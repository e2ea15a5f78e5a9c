import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A process, told from a later one with the same number by the moment it started. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot, as `/proc` has it. */
  readonly startedAt: string;
  readonly command: string;
}

const lookEveryMs = 10;

/** The children of a process, their children, and so on: what it has started and not reaped. */
export function descendants(pid: number): ProcessId[] {
  const childrenOf = Map.groupBy(everyProcess(), (entry) => entry.parent);
  const found: ProcessId[] = [];
  const look = (parent: number) => {
    for (const { id } of childrenOf.get(parent) ?? []) {
      found.push(id);
      look(id.pid);
    }
  };
  look(pid);
  return found;
}

/**
 * Waits until none of the processes is there any more. They are not ours, so nothing tells us but looking.
 * @throws Error naming those that are still there after `limitMs`
 */
export async function untilGone(processes: readonly ProcessId[], limitMs = 5000): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const left = processes.filter(isThere);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      const names = left.map(({ pid, command }) => `${pid} (${command})`).join(", ");
      throw new Error(`processes still there after ${limitMs} ms: ${names}`);
    }
    await delay(lookEveryMs);
  }
}

function isThere({ pid, startedAt }: ProcessId): boolean {
  const now = readProcess(pid);
  // A zombie has ended; its parent, which is not us, has only not asked for its exit code yet.
  return now !== null && now.id.startedAt === startedAt && now.state !== "Z";
}

interface ProcessEntry {
  readonly id: ProcessId;
  readonly parent: number;
  readonly state: string;
}

function everyProcess(): ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) =>
    /^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : [],
  );
}

function readProcess(pid: number): ProcessEntry | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null; // It ended meanwhile.
  }
  // The command may hold spaces and parentheses; the fields begin behind its last parenthesis. See proc(5).
  const end = stat.lastIndexOf(")");
  const fields = stat.slice(end + 2).split(" ");
  const command = stat.slice(stat.indexOf("(") + 1, end);
  return {
    id: { pid, startedAt: fields[19]!, command },
    parent: Number(fields[1]),
    state: fields[0]!,
  };
}
