import { equal } from "../../codec/bytes.ts";
import type { Subscribable } from "../../telemetry/emitter.ts";
import { LATENCY_BUCKETS, type MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import type { ExecutorDeps } from "./executor-deps.ts";
import type { ExecutorState } from "./executor-state.ts";

export type ExecutorMetrics = ReturnType<typeof executorMetrics>;

const states = [
  "idle",
  "waitingForBatch",
  "waitingForTransactions",
  "waitingForDiscrepancy",
  "processingBatch",
  "waitingForFinalization",
] as const satisfies readonly ExecutorState["state"][];

/** Batches that this node executes. */
export function executorMetrics(registry: MetricRegistry) {
  const labels = ["runtime"] as const;
  const batchSize = registry.histogram({
    name: "oasis_worker_batch_size",
    help: "Transactions that a batch began with.",
    labels,
    buckets: [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    knownFrom: "oasis-node",
  });
  const runtimeTime = registry.histogram({
    name: "oasis_worker_batch_runtime_processing_time",
    help: "Time that the ParaTime took to execute a batch, in seconds.",
    labels,
    buckets: LATENCY_BUCKETS,
    knownFrom: "oasis-node",
  });
  const wholeTime = registry.histogram({
    name: "oasis_worker_batch_processing_time",
    help: "Time from the beginning of this node's own batch to the round that has it, in seconds.",
    labels,
    buckets: LATENCY_BUCKETS,
    knownFrom: "oasis-node",
  });
  const aborted = registry.counter({
    name: "oasis_worker_aborted_batch_count",
    help: "Batches that failed, or whose round ended before they did.",
    labels,
    knownFrom: "oasis-node",
  });
  const state = registry.gauge({
    name: "oasis_worker_executor_state",
    help: `1 for what the executor is doing, 0 for the others: ${states.join(", ")}.`,
    labels: ["runtime", "state"],
  });
  const since = registry.gauge({
    name: "oasis_worker_executor_state_since_timestamp_seconds",
    help: "When what the executor is doing began, as Unix time.",
    labels,
  });
  return {
    began: (runtime: string, transactions: number) => batchSize.observe(transactions, { runtime }),
    executed: (runtime: string, seconds: number) => runtimeTime.observe(seconds, { runtime }),
    aborted: (runtime: string) => aborted.add(1, { runtime }),
    finalized: (runtime: string, seconds: number) => wholeTime.observe(seconds, { runtime }),
    show: (runtime: string, current: ExecutorState) => {
      aborted.add(0, { runtime });
      for (const name of states) state.set(current.state === name ? 1 : 0, { runtime, state: name });
      since.set(current.sinceMs / 1000, { runtime });
    },
  };
}

/** The execution of batches, with each of them counted. @param blocks the ParaTime's, which tell what became of them */
export function countedExecution(
  execute: ExecutorDeps["execute"],
  { runtime, blocks }: { runtime: string; blocks: Subscribable<AnnotatedBlock> },
  metrics: ExecutorMetrics,
): ExecutorDeps["execute"] {
  let executed: { round: bigint; beganMs: number; ioRoot: Uint8Array | null } | null = null;
  blocks.subscribe(({ block: { header } }) => {
    const own = executed;
    if (own === null || header.round < own.round) return;
    executed = null;
    const isOurs = own.ioRoot !== null && header.round === own.round && equal(own.ioRoot, header.io_root);
    if (isOurs) metrics.finalized(runtime, (performance.now() - own.beganMs) / 1000);
  });
  return async (round, inputs, signal, proposed) => {
    const beganMs = performance.now();
    metrics.began(runtime, inputs.length);
    try {
      const batch = await execute(round, inputs, signal, proposed);
      metrics.executed(runtime, (performance.now() - beganMs) / 1000);
      if (signal.aborted) metrics.aborted(runtime);
      else executed = { round: batch.header.round, beganMs, ioRoot: batch.header.io_root };
      return batch;
    } catch (error) {
      metrics.aborted(runtime);
      throw error;
    }
  };
}
