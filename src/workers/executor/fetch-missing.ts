import { delay } from "../timers.ts";
import type { ExecutorDeps } from "./executor-deps.ts";
import type { ProposedBatch } from "./proposed-batch.ts";

/** Pauses between requests that gave nothing. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Asks peers for the transactions of a proposed batch that are not here, until all are or the signal aborts.
 * @param onMore is told when some came, which are in the pool then
 */
export async function fetchMissing(
  batch: ProposedBatch,
  { peers, pool, timers, logger }: Pick<ExecutorDeps, "peers" | "pool" | "timers" | "logger">,
  signal: AbortSignal,
  onMore: () => void,
): Promise<void> {
  if (peers === null) return;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; ) {
    batch.fill(pool);
    const { missing } = batch;
    if (missing.length === 0) return;
    try {
      const txs = await peers.fetchTxs(missing, signal);
      pool.addProposed(txs);
      if (signal.aborted) return;
      onMore();
      if (txs.length > 0) {
        pauseMs = FIRST_PAUSE_MS;
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.debug({ error, missing: missing.length }, "transactions of a proposal were not given");
    }
    await delay(timers, pauseMs, signal).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
