import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiClient } from "../../src/api/client.ts";
import type { Status } from "../../src/types/api-control.ts";
import { descendants } from "../../test/process-tree.ts";
import type { HeapReport } from "./report-heap.ts";

/** What a process had at one moment. Bytes, and seconds since the soak began; null where nothing was to be learnt. */
export interface Sample {
  readonly seconds: number;
  readonly name: string;
  readonly pid: number;
  /** Resident memory of its own: heap, stacks, malloc. */
  readonly rssAnon: number;
  /** Resident memory of files: the program, and what was read of the mapped database, which the kernel takes back. */
  readonly rssFile: number;
  readonly openFiles: number;
  readonly threads: number;
  readonly heapUsed: number | null;
  readonly heapTotal: number | null;
  readonly external: number | null;
  readonly liveHeap: number | null;
  readonly databaseUsed: number | null;
  readonly databaseFile: number | null;
  readonly height: number | null;
  readonly peers: number | null;
  readonly cpuSeconds: number;
}

const STATUS_TIMEOUT_MS = 8000;
/** Of `/proc/PID/stat`; the same on all Linux systems that we run on. */
const TICKS_PER_SECOND = 100;

/** Looks at a node's process from outside, and asks it. @returns null when the process has ended */
export async function sampleNode(
  { name, pid, seconds }: { name: string; pid: number; seconds: number },
  client: ApiClient | null,
  heaps: string,
): Promise<Sample | null> {
  const status = client === null ? null : await statusOf(client);
  try {
    const heap = heapOf(heaps, pid);
    return {
      ...{ seconds, name, pid, ...processOf(pid) },
      heapUsed: heap?.heapUsed ?? null,
      heapTotal: heap?.heapTotal ?? null,
      external: heap?.external ?? null,
      liveHeap: heap?.live ?? null,
      databaseUsed: numberOf(status?.storage?.used_bytes),
      databaseFile: numberOf(status?.storage?.file_bytes),
      height: numberOf(status?.consensus?.latest_height),
      peers: status?.consensus_peers?.connected?.length ?? null,
    };
  } catch {
    return null;
  }
}

/** The processes that a node has started, as one: its ParaTime in the sandbox. @returns null when there is none */
export function sampleParaTime(nodePid: number, seconds: number): Sample | null {
  const processes = descendants(nodePid);
  if (processes.length === 0) return null;
  const sum = { rssAnon: 0, rssFile: 0, openFiles: 0, threads: 0, cpuSeconds: 0 };
  try {
    for (const { pid } of processes) {
      for (const [key, value] of Object.entries(processOf(pid))) sum[key as keyof typeof sum] += value;
    }
  } catch {
    return null;
  }
  const unknown = { heapUsed: null, heapTotal: null, external: null, liveHeap: null };
  const notNode = { databaseUsed: null, databaseFile: null, height: null, peers: null };
  return { seconds, name: "ParaTime", pid: processes[0]!.pid, ...sum, ...unknown, ...notNode };
}

/** @throws Error when the process is not there */
function processOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)![1]);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    rssAnon: field("RssAnon") * 1024,
    rssFile: (field("RssFile") + field("RssShmem")) * 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    threads: field("Threads"),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}

function heapOf(heaps: string, pid: number): HeapReport | null {
  try {
    return JSON.parse(readFileSync(join(heaps, `${pid}.json`), "utf8"));
  } catch {
    return null; // Too young to have written one.
  }
}

async function statusOf(client: ApiClient): Promise<Status | null> {
  return await client
    .call("NodeController", "GetStatus", null, { timeoutMs: STATUS_TIMEOUT_MS })
    .catch(() => null);
}

function numberOf(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value);
}
