import { LATENCY_BUCKETS, type MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { RoundStore } from "./round-store.ts";

export type RoundStoreMetrics = ReturnType<typeof roundStoreMetrics>;

/** Rounds of ParaTimes on this node's disk. */
export function roundStoreMetrics(registry: MetricRegistry) {
  const labels = ["runtime"] as const;
  const commit = registry.histogram({
    name: "oasis_worker_storage_commit_latency",
    help: "Time to store the results of a batch, durably, in seconds.",
    labels,
    buckets: LATENCY_BUCKETS,
    knownFrom: "oasis-node",
  });
  const full = registry.gauge({
    name: "oasis_worker_storage_full_round",
    help: "Last round whose state is stored and final.",
    labels,
    knownFrom: "oasis-node",
  });
  const first = registry.gauge({
    name: "oasis_worker_storage_first_round",
    help: "First round that is still stored.",
    labels,
  });
  return {
    committed: (runtime: string, seconds: number) => commit.observe(seconds, { runtime }),
    show: (runtime: string, { firstBlock, lastBlock }: Pick<RoundStore, "firstBlock" | "lastBlock">) => {
      first.set(firstBlock === null ? null : Number(firstBlock.block.header.round), { runtime });
      full.set(lastBlock === null ? null : Number(lastBlock.block.header.round), { runtime });
    },
  };
}
