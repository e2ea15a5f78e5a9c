import { renameSync, writeFileSync } from "node:fs";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded into every node of a soak before the node itself (`--import`), which is why it acts when it is imported: writes
 * what only the process itself knows of its memory to a file that has its process id.
 */
const INTERVAL_MS = 5000;

/** Memory of JavaScript, in bytes, as `process.memoryUsage` has it. */
export interface HeapReport {
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** What was left in the heap by the last collection of all of it: what lives. Null before the first. */
  readonly live: number | null;
}

const folder = process.env.QANAT_SOAK_HEAPS;
if (isMainThread && folder !== undefined) {
  let live: number | null = null;
  const observer = new PerformanceObserver((list) => {
    const isWhole = list.getEntries().some((entry) => {
      return (
        (entry as unknown as { detail: { kind: number } }).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR
      );
    });
    if (isWhole) live = process.memoryUsage().heapUsed;
  });
  observer.observe({ entryTypes: ["gc"] });
  const path = `${folder}/${process.pid}.json`;
  const report = () => {
    const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    const written: HeapReport = { heapUsed, heapTotal, external, arrayBuffers, live };
    writeFileSync(`${path}.part`, JSON.stringify(written));
    renameSync(`${path}.part`, path);
  };
  setInterval(report, INTERVAL_MS).unref();
}
