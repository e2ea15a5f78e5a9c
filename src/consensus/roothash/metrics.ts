import type { AbciEvent, BlockResults } from "../../chain/application.ts";
import { fromBase64, toHex } from "../../codec/bytes.ts";
import type { MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import { ATTRIBUTE_RUNTIME_ID, EVENT_TYPE_PREFIX } from "../../types/events.ts";

export type RoothashMetrics = ReturnType<typeof roothashMetrics>;

const roothashEventType = `${EVENT_TYPE_PREFIX}999_roothash`;

/** Rounds of all ParaTimes as the consensus layer finalizes them. */
export function roothashMetrics(registry: MetricRegistry) {
  const finalized = registry.counter({
    name: "oasis_finalized_rounds",
    help: "Rounds of all ParaTimes that were finalized.",
    knownFrom: "oasis-node",
  });
  const interval = registry.histogram({
    name: "oasis_roothash_block_interval",
    help: "Time between finalized rounds of a ParaTime, in seconds.",
    labels: ["runtime"],
    buckets: [0.05, 0.1, 0.5, 1, 2, 5, 6, 10, 20, 30, 60, 120, 300],
    knownFrom: "oasis-node",
  });
  const discrepancies = registry.counter({
    name: "oasis_worker_execution_discrepancy_detected_count",
    help: "Rounds in which workers of the ParaTime came to different results.",
    labels: ["runtime"],
    knownFrom: "oasis-node",
  });
  const lastMs = new Map<string, number>();
  finalized.add(0);
  return {
    executed: (results: BlockResults) => {
      for (const { key, runtime } of roothashEvents(results)) {
        if (key === "execution_discrepancy") discrepancies.add(1, { runtime });
        if (key !== "finalized") continue;
        const nowMs = performance.now();
        const before = lastMs.get(runtime);
        finalized.add(1);
        if (before !== undefined) interval.observe((nowMs - before) / 1000, { runtime });
        lastMs.set(runtime, nowMs);
      }
    },
  };
}

/** The kinds of the block's events, with the ParaTimes that they are about; their values are not read. */
function* roothashEvents({ beginEvents, txResults, endEvents }: BlockResults) {
  const all: readonly (readonly AbciEvent[])[] = [
    beginEvents,
    ...txResults.map(({ events }) => events),
    endEvents,
  ];
  for (const { type, attributes } of all.flat()) {
    if (type !== roothashEventType) continue;
    const id = attributes.find(({ key }) => key === ATTRIBUTE_RUNTIME_ID);
    if (id === undefined) continue;
    const runtime = toHex(fromBase64(id.value));
    for (const { key } of attributes) yield { key, runtime };
  }
}
