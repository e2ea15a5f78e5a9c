import { Worker } from "node:worker_threads";

/** The thread makes much garbage and keeps little: memory for more of it buys no time. */
const MAX_YOUNG_GENERATION_MB = 4;

/** Starts a thread that verifies. */
export function startVerifierThread(file: URL, workerData: unknown): Worker {
  return new Worker(file, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB },
  });
}
