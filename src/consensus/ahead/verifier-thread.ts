import { Worker } from "node:worker_threads";

/** The thread makes much garbage and keeps little: memory for more of it buys no time. */
const MAX_YOUNG_GENERATION_MB = 4;

/** Starts a thread that verifies. @param file in this folder */
export function startVerifierThread(file: string, workerData: unknown): Worker {
  return new Worker(new URL(file, import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB },
  });
}
