import { equal, toHex } from "../codec/bytes.ts";
import { isBackupWorker, isWorker } from "../consensus/roothash/committee.ts";
import { flag, type MetricRegistry } from "../telemetry/metrics/metric-registry.ts";
import type { RuntimeState } from "../types/roothash.ts";
import {
  type AnnotatedBlock,
  HEADER_EPOCH_TRANSITION,
  HEADER_ROUND_FAILED,
} from "../types/roothash-block.ts";
import type { RuntimeWorker } from "./runtime-worker.ts";

export type CommitteeMetrics = ReturnType<typeof committeeMetrics>;

/** A ParaTime's rounds, and this node's part in its committee. */
export function committeeMetrics(registry: MetricRegistry) {
  const labels = ["runtime"] as const;
  const knownFrom = "oasis-node";
  const blocks = registry.counter({
    name: "oasis_worker_processed_block_count",
    help: "Blocks of the ParaTime that this node processed.",
    labels,
    knownFrom,
  });
  const failedRounds = registry.counter({
    name: "oasis_worker_failed_round_count",
    help: "Rounds of the ParaTime that failed.",
    labels,
    knownFrom,
  });
  const transitions = registry.counter({
    name: "oasis_worker_committee_transition_count",
    help: "Changes of the ParaTime's committee.",
    labels,
    knownFrom,
  });
  const epoch = registry.gauge({
    name: "oasis_worker_epoch_number",
    help: "Epoch of the ParaTime's committee.",
    labels,
    knownFrom,
  });
  const worker = registry.gauge({
    name: "oasis_worker_executor_is_worker",
    help: "1 while this node is a worker of the committee, else 0.",
    labels,
    knownFrom,
  });
  const backup = registry.gauge({
    name: "oasis_worker_executor_is_backup_worker",
    help: "1 while this node is a backup worker of the committee, else 0.",
    labels,
    knownFrom,
  });
  const liveRounds = registry.gauge({
    name: "oasis_worker_executor_liveness_live_rounds",
    help: "Rounds of the epoch in which this node was live; 0 outside the committee.",
    labels,
    knownFrom,
  });
  const totalRounds = registry.gauge({
    name: "oasis_worker_executor_liveness_total_rounds",
    help: "Rounds of the epoch; 0 while this node is not in the committee.",
    labels,
    knownFrom,
  });
  const liveRatio = registry.gauge({
    name: "oasis_worker_executor_liveness_live_ratio",
    help: "Live rounds of all rounds of the epoch; 1 outside the committee.",
    labels,
    knownFrom,
  });
  const missedProposals = registry.gauge({
    name: "oasis_worker_executor_missed_proposals",
    help: "Proposals of the epoch that this node should have made and did not.",
    labels,
  });
  const suspended = registry.gauge({
    name: "oasis_runtime_suspended",
    help: "1 while the network has suspended the ParaTime, else 0.",
    labels,
  });
  return {
    processed: (runtime: string, { block: { header } }: AnnotatedBlock) => {
      blocks.add(1, { runtime });
      if (header.header_type === HEADER_ROUND_FAILED) failedRounds.add(1, { runtime });
      if (header.header_type === HEADER_EPOCH_TRANSITION) transitions.add(1, { runtime });
    },
    show: ({ runtimeId, round }: Pick<RuntimeWorker, "runtimeId" | "round">, own: Uint8Array) => {
      if (round === null) return;
      const runtime = toHex(runtimeId);
      for (const counter of [blocks, failedRounds, transitions]) counter.add(0, { runtime });
      const { committee } = round.state;
      const { live, total, missed } = livenessOf(round.state, own);
      epoch.set(committee === null ? null : Number(committee.valid_for), { runtime });
      worker.set(flag(committee !== null && isWorker(committee, own)), { runtime });
      backup.set(flag(committee !== null && isBackupWorker(committee, own)), { runtime });
      liveRounds.set(live, { runtime });
      totalRounds.set(total, { runtime });
      liveRatio.set(total === 0 ? 1 : live / total, { runtime });
      missedProposals.set(missed, { runtime });
      suspended.set(flag(round.state.suspended), { runtime });
    },
  };
}

/** Zeros outside the committee. A node that is worker and backup worker is listed twice: the sums count. */
function livenessOf({ committee, liveness_stats: stats }: RuntimeState, own: Uint8Array) {
  let live = 0;
  let missed = 0;
  let isMember = false;
  for (const [index, member] of (committee?.members ?? []).entries()) {
    if (!equal(member.public_key, own)) continue;
    isMember = true;
    live += Number(stats?.good_rounds?.[index] ?? 0n);
    missed += Number(stats?.missed_proposals?.[index] ?? 0n);
  }
  return { live, missed, total: isMember ? Number(stats?.total_rounds ?? 0n) : 0 };
}
