import type { ReadonlyTree } from "../storage/tree.ts";
import type { MetricRegistry } from "../telemetry/metrics/metric-registry.ts";
import { getEpoch, getFutureEpoch } from "./beacon/state.ts";
import { getRuntimes } from "./registry/runtime-state.ts";
import { getEntities, getNodes } from "./registry/state.ts";

export type EpochMetrics = ReturnType<typeof epochMetrics>;

/** What the consensus state says about the epoch and the registry. */
export function epochMetrics(registry: MetricRegistry) {
  const epoch = registry.gauge({
    name: "oasis_consensus_epoch",
    help: "Current epoch.",
  });
  const epochHeight = registry.gauge({
    name: "oasis_consensus_epoch_height",
    help: "Height at which the current epoch began.",
  });
  const nextHeight = registry.gauge({
    name: "oasis_consensus_next_epoch_height",
    help: "Height at which the next epoch begins; not there while that is not settled.",
  });
  const entities = registry.gauge({
    name: "oasis_registry_entities",
    help: "Registered entities, as of the beginning of the epoch or the start of the node.",
    knownFrom: "oasis-node",
  });
  const nodes = registry.gauge({
    name: "oasis_registry_nodes",
    help: "Registered nodes, as of the beginning of the epoch or the start of the node.",
    knownFrom: "oasis-node",
  });
  const runtimes = registry.gauge({
    name: "oasis_registry_runtimes",
    help: "ParaTimes that are not suspended, as of the beginning of the epoch or the start of the node.",
    knownFrom: "oasis-node",
  });
  let countedEpoch: bigint | null = null;
  return {
    show: (state: ReadonlyTree) => {
      const current = getEpoch(state);
      const next = getFutureEpoch(state);
      epoch.set(Number(current.epoch));
      epochHeight.set(Number(current.height));
      nextHeight.set(next === null ? null : Number(next.height));
      // Counting reads the whole registry; it changes little within an epoch.
      if (countedEpoch === current.epoch) return;
      countedEpoch = current.epoch;
      entities.set(getEntities(state).length);
      nodes.set(getNodes(state).length);
      runtimes.set(getRuntimes(state).length);
    },
  };
}
