import { flag, type MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { Waiting, Warning } from "../../types/api-control.ts";

export type StatusMetrics = ReturnType<typeof statusMetrics>;

/** What of the node's status is shown at a reading. */
export interface StatusFigures {
  readonly version: string;
  readonly mode: string;
  readonly isSynced: boolean;
  readonly isReady: boolean;
  readonly waiting: readonly Waiting[];
  readonly warnings: readonly Warning[];
}

/** The node as a whole, as `control status` shows it. */
export function statusMetrics(registry: MetricRegistry) {
  const info = registry.gauge({
    name: "oasis_node_info",
    help: "Always 1; the labels tell the node's version and mode.",
    labels: ["version", "mode"],
  });
  const synced = registry.gauge({
    name: "oasis_node_synced",
    help: "1 when the last block is recent, else 0.",
  });
  const ready = registry.gauge({
    name: "oasis_node_ready",
    help: "1 when the node is in sync and all its roles work, as `/readyz` says, else 0.",
  });
  const blockers = registry.gauge({
    name: "oasis_node_blocker_since_timestamp_seconds",
    help: "Since when a part of the node waits, as Unix time; one for each that does. `control status` tells what to do.",
    labels: ["subject"],
  });
  const warnings = registry.gauge({
    name: "oasis_node_warning_since_timestamp_seconds",
    help: "Since when a part of the node works and not as it should, as Unix time; one for each that does.",
    labels: ["subject"],
  });
  return {
    show: (figures: StatusFigures) => {
      info.replace([[1, { version: figures.version, mode: figures.mode }]]);
      synced.set(flag(figures.isSynced));
      ready.set(flag(figures.isReady));
      blockers.replace(oldestBySubject(figures.waiting));
      warnings.replace(oldestBySubject(figures.warnings));
    },
  };
}

function oldestBySubject(list: readonly Pick<Waiting, "subject" | "since">[]) {
  const oldest = new Map<string, number>();
  for (const { subject, since } of list) {
    const seconds = Number(since ?? 0n);
    oldest.set(subject, Math.min(seconds, oldest.get(subject) ?? seconds));
  }
  return [...oldest].map(([subject, seconds]) => [seconds, { subject }] as const);
}
