import { readdir, readFile } from "node:fs/promises";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** Traffic of a network device since the machine started. */
export interface DeviceTraffic {
  readonly device: string;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly transmittedBytes: number;
  readonly transmittedPackets: number;
}

/** What the system and Node tell of this process. Maps are empty where the system does not tell (not Linux). */
export interface ProcessFigures {
  readonly startMs: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Of `/proc/self/status`, in bytes: `VmRSS`, `RssAnon` and others. */
  readonly memory: ReadonlyMap<string, number>;
  /** Of `/proc/self/io`, in bytes: `read_bytes`, `write_bytes` and others. */
  readonly io: ReadonlyMap<string, number>;
  readonly openFiles: number | null;
  /** Soft limit; null where there is none or it is not told. */
  readonly maxOpenFiles: number | null;
  readonly network: readonly DeviceTraffic[];
  readonly heap: Pick<NodeJS.MemoryUsage, "heapUsed" | "heapTotal" | "external">;
  /** Seconds by quantile since the last figures. */
  readonly eventLoopDelay: ReadonlyMap<number, number>;
  /** Since the start of the process. */
  readonly eventLoopActiveSeconds: number;
}

const delayQuantiles = [0.5, 0.9, 0.99, 1];
const delayResolutionMs = 10;

/** Looks at this process. Measures the delay of the event loop from `start` to `stop`. */
export class ProcessProbe {
  #delay: ReturnType<typeof monitorEventLoopDelay> | null = null;

  start(): void {
    this.#delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
    this.#delay.enable();
  }

  stop(): void {
    this.#delay?.disable();
    this.#delay = null;
  }

  async figures(): Promise<ProcessFigures> {
    const [status, io, limits, network, files] = await Promise.all([
      procFile("self/status"),
      procFile("self/io"),
      procFile("self/limits"),
      procFile("net/dev"),
      readdir("/proc/self/fd").catch(() => null),
    ]);
    const { user, system } = process.cpuUsage();
    const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return {
      startMs: performance.timeOrigin,
      userSeconds: user / 1e6,
      systemSeconds: system / 1e6,
      memory: new Map([...fieldsOf(status)].map(([name, kilobytes]) => [name, kilobytes * 1024])),
      io: fieldsOf(io),
      openFiles: files?.length ?? null,
      maxOpenFiles: limit === undefined ? null : Number(limit),
      network: trafficOf(network),
      heap: process.memoryUsage(),
      eventLoopDelay: this.#takeDelays(),
      eventLoopActiveSeconds: performance.eventLoopUtilization().active / 1000,
    };
  }

  #takeDelays(): ReadonlyMap<number, number> {
    const delay = this.#delay;
    if (delay === null || delay.count === 0) return new Map();
    const resolution = delayResolutionMs / 1000;
    const found = delayQuantiles.map(
      // What is measured is the time between two looks, which should be the resolution.
      (quantile) => [quantile, Math.max(0, delay.percentile(quantile * 100) / 1e9 - resolution)] as const,
    );
    delay.reset();
    return new Map(found);
  }
}

/** Most processes of a ParaTime that are looked at. */
const maxTreeSize = 64;

/** Resident memory of a process and of those that it started, in bytes; null when the system does not tell. */
export async function residentBytesOfTree(pid: number): Promise<number | null> {
  let bytes: number | null = null;
  const pids = [pid];
  for (let index = 0; index < Math.min(pids.length, maxTreeSize); index++) {
    const one = pids[index]!;
    const resident = fieldsOf(await procFile(`${one}/status`)).get("VmRSS");
    if (resident !== undefined) bytes = (bytes ?? 0) + resident * 1024;
    const children = await procFile(`${one}/task/${one}/children`);
    pids.push(...children.split(" ").filter(Boolean).map(Number));
  }
  return bytes;
}

/** Empty where the system has no such file, or does not let this process read it. */
function procFile(name: string): Promise<string> {
  return readFile(`/proc/${name}`, "utf8").catch(() => "");
}

/** Lines `Name: number …`. */
function fieldsOf(text: string): Map<string, number> {
  return new Map(
    [...text.matchAll(/^(\w+):\s+(\d+)(?: kB)?$/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}

/** `/proc/net/dev`: per device, 8 columns of what came in, then 8 of what went out. */
function trafficOf(text: string): DeviceTraffic[] {
  return [...text.matchAll(/^\s*([^\s:]+):\s*([\d\s]+)$/gm)].map(([, device, columns]) => {
    const numbers = columns!.trim().split(/\s+/).map(Number);
    return {
      device: device!,
      receivedBytes: numbers[0] ?? 0,
      receivedPackets: numbers[1] ?? 0,
      transmittedBytes: numbers[8] ?? 0,
      transmittedPackets: numbers[9] ?? 0,
    };
  });
}
