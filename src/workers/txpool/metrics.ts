import type { MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { TxCheck, TxPool } from "./tx-pool.ts";

export type TxPoolMetrics = ReturnType<typeof txPoolMetrics>;

/** What of a ParaTime's transaction pool is shown at a reading. */
export interface TxPoolFigures {
  readonly runtime: string;
  readonly pool: Pick<TxPool, "size" | "pendingChecks">;
  /** Messages of the consensus layer that wait for the ParaTime. */
  readonly incomingMessages: number;
}

/** Transactions of ParaTimes between their submission and their execution. */
export function txPoolMetrics(registry: MetricRegistry) {
  const labels = ["runtime"] as const;
  const accepted = registry.counter({
    name: "oasis_txpool_accepted_transactions",
    help: "Transactions that passed the ParaTime's check, rechecks included.",
    labels,
    knownFrom: "oasis-node",
  });
  const rejected = registry.counter({
    name: "oasis_txpool_rejected_transactions",
    help: "Transactions that the ParaTime's check refused, rechecks included.",
    labels,
    knownFrom: "oasis-node",
  });
  const dropped = registry.counter({
    name: "oasis_txpool_dropped_transactions_total",
    help: "Accepted transactions that left the pool without having been executed.",
    labels,
  });
  const pendingChecks = registry.gauge({
    name: "oasis_txpool_pending_check_size",
    help: "Transactions that wait for the ParaTime's check.",
    labels,
    knownFrom: "oasis-node",
  });
  const pendingSchedule = registry.gauge({
    name: "oasis_txpool_pending_schedule_size",
    help: "Checked transactions that wait to be executed.",
    labels,
    knownFrom: "oasis-node",
  });
  const incoming = registry.gauge({
    name: "oasis_txpool_rim_queue_size",
    help: "Incoming messages of the consensus layer that wait for the ParaTime.",
    labels,
    knownFrom: "oasis-node",
  });
  return {
    checked: (runtime: string, checks: readonly TxCheck[]) => {
      const passed = checks.filter(({ error }) => error.code === 0 && error.module === "").length;
      accepted.add(passed, { runtime });
      rejected.add(checks.length - passed, { runtime });
    },
    dropped: (runtime: string) => dropped.add(1, { runtime }),
    show: ({ runtime, pool, incomingMessages }: TxPoolFigures) => {
      for (const counter of [accepted, rejected, dropped]) counter.add(0, { runtime });
      pendingChecks.set(pool.pendingChecks, { runtime });
      pendingSchedule.set(pool.size, { runtime });
      incoming.set(incomingMessages, { runtime });
    },
  };
}
