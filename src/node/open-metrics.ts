import { stakingAddress } from "../types/account-address.ts";
import type { NodeMetrics } from "./metrics/declare-metrics.ts";
import { MetricsService, type MetricsServiceDeps, type ReadableRegistry } from "./metrics/metrics-service.ts";
import type { NodeOptions } from "./node-options.ts";

/** A node's metrics: where they are kept, and the objects by which its modules count. */
export interface KeptMetrics {
  readonly registry: ReadableRegistry;
  readonly metrics: NodeMetrics;
}

/** What serves the metrics that are kept; null when they are off. Nothing runs yet. */
export function openMetrics(
  { metrics: listen, dataDir, entityId }: NodeOptions,
  kept: KeptMetrics | null,
  deps: Omit<MetricsServiceDeps, keyof KeptMetrics>,
): MetricsService | null {
  if (kept === null || listen === null) return null;
  const accounts = {
    node: stakingAddress(deps.identity.node.publicKey),
    entity: entityId === null ? null : stakingAddress(entityId),
  };
  return new MetricsService({ listen, dataDir, accounts }, { ...deps, ...kept });
}
