import { apiMetrics } from "../../api/metrics.ts";
import { cometbftMetrics } from "../../chain/cometbft-metrics.ts";
import { chainMetrics } from "../../chain/metrics.ts";
import { epochMetrics } from "../../consensus/epoch-metrics.ts";
import { roothashMetrics } from "../../consensus/roothash/metrics.ts";
import { stakeMetrics } from "../../consensus/staking/metrics.ts";
import { hostMetrics } from "../../runtime/metrics.ts";
import type { MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import { committeeMetrics } from "../../workers/committee-metrics.ts";
import { executorMetrics } from "../../workers/executor/metrics.ts";
import { registrationMetrics } from "../../workers/registration/metrics.ts";
import { roundStoreMetrics } from "../../workers/storage/metrics.ts";
import { txPoolMetrics } from "../../workers/txpool/metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { statusMetrics } from "./status-metrics.ts";
import { storageMetrics } from "./storage-metrics.ts";

export type NodeMetrics = ReturnType<typeof declareMetrics>;

/** The modules of a node that have metrics, each with the function that declares its own. */
export const metricModules = {
  status: statusMetrics,
  chain: chainMetrics,
  cometbft: cometbftMetrics,
  epoch: epochMetrics,
  registration: registrationMetrics,
  stake: stakeMetrics,
  roothash: roothashMetrics,
  committee: committeeMetrics,
  executor: executorMetrics,
  txPool: txPoolMetrics,
  roundStore: roundStoreMetrics,
  host: hostMetrics,
  api: apiMetrics,
  storage: storageMetrics,
  process: processMetrics,
};

/** Declares the metrics of all modules. */
export function declareMetrics(registry: MetricRegistry) {
  return {
    status: metricModules.status(registry),
    chain: metricModules.chain(registry),
    cometbft: metricModules.cometbft(registry),
    epoch: metricModules.epoch(registry),
    registration: metricModules.registration(registry),
    stake: metricModules.stake(registry),
    roothash: metricModules.roothash(registry),
    committee: metricModules.committee(registry),
    executor: metricModules.executor(registry),
    txPool: metricModules.txPool(registry),
    roundStore: metricModules.roundStore(registry),
    host: metricModules.host(registry),
    api: metricModules.api(registry),
    storage: metricModules.storage(registry),
    process: metricModules.process(registry),
  };
}
