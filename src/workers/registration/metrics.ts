import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { isEligibleForElection, isFrozen, isSuspended } from "../../consensus/registry/node-status.ts";
import { flag, type MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { RegistrationWorker } from "./registration.ts";

export type RegistrationMetrics = ReturnType<typeof registrationMetrics>;

/** What of the registration is shown at a reading. */
export interface RegistrationFigures {
  readonly registration: Pick<RegistrationWorker, "state" | "history" | "nodeStatus">;
  readonly runtimes: readonly Namespace[];
  readonly epoch: bigint;
}

/** This node in the network's registry. */
export function registrationMetrics(registry: MetricRegistry) {
  const knownFrom = "oasis-node";
  const registered = registry.gauge({
    name: "oasis_worker_node_registered",
    help: "1 when the last attempt to register succeeded, else 0.",
    knownFrom,
  });
  const eligible = registry.gauge({
    name: "oasis_worker_node_registration_eligible",
    help: "1 when the registered node may be elected into committees, else 0.",
    knownFrom,
  });
  const frozen = registry.gauge({
    name: "oasis_worker_node_status_frozen",
    help: "1 while the network has frozen the node, else 0.",
    knownFrom,
  });
  const faults = registry.gauge({
    name: "oasis_worker_node_status_runtime_faults",
    help: "Epochs in which the node was not live enough for the ParaTime, less those forgiven.",
    labels: ["runtime"],
    knownFrom,
  });
  const suspended = registry.gauge({
    name: "oasis_worker_node_status_runtime_suspended",
    help: "1 while the node may not be elected for the ParaTime because of faults, else 0.",
    labels: ["runtime"],
    knownFrom,
  });
  const lastSuccess = registry.gauge({
    name: "oasis_worker_node_last_registration_timestamp_seconds",
    help: "When the node registered last, as Unix time.",
  });
  const expiration = registry.gauge({
    name: "oasis_worker_node_registration_expiration_epoch",
    help: "Last epoch in which the last registration holds.",
  });
  return {
    show: ({ registration, runtimes, epoch }: RegistrationFigures) => {
      if (registration.state.state === "notApplicable") return;
      const { lastAttemptSuccessful, lastRegistrationMs, descriptor } = registration.history;
      registered.set(flag(lastAttemptSuccessful));
      lastSuccess.set(lastRegistrationMs === 0 ? null : lastRegistrationMs / 1000);
      expiration.set(descriptor === null ? null : Number(descriptor.expiration));
      const status = registration.nodeStatus();
      if (status === null) return;
      frozen.set(flag(isFrozen(status)));
      // 0 stands for a node that was never eligible: oasis-core v26.1 go/worker/registration/worker.go.
      eligible.set(flag(status.election_eligible_after !== 0n && isEligibleForElection(status, epoch)));
      for (const id of runtimes) {
        const runtime = toHex(id);
        faults.set(status.faults?.get(runtime)?.failures ?? 0, { runtime });
        suspended.set(flag(isSuspended(status, id, epoch)), { runtime });
      }
    },
  };
}
