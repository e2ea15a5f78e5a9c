import { toHex } from "../codec/bytes.ts";
import { QanatError } from "../codec/errors.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import { flag, LATENCY_BUCKETS, type MetricRegistry } from "../telemetry/metrics/metric-registry.ts";
import type { HostEvent, RuntimeHost } from "./host.ts";

export type HostMetrics = ReturnType<typeof hostMetrics>;

type Component = Pick<RuntimeHost, "runtimeId" | "component">;

/** Processes of ParaTimes, and the node's calls to them. `call` is the name of the request in the host protocol. */
export function hostMetrics(registry: MetricRegistry) {
  const latency = registry.histogram({
    name: "oasis_rhp_latency",
    help: "Time that a ParaTime took to answer a call of the node, in seconds.",
    labels: ["call"],
    buckets: LATENCY_BUCKETS,
    knownFrom: "oasis-node",
  });
  const successes = registry.counter({
    name: "oasis_rhp_successes",
    help: "Calls to a ParaTime that it answered.",
    labels: ["call"],
    knownFrom: "oasis-node",
  });
  const failures = registry.counter({
    name: "oasis_rhp_failures",
    help: "Calls to a ParaTime that it answered with an error, or not at all.",
    labels: ["call"],
    knownFrom: "oasis-node",
  });
  const timeouts = registry.counter({
    name: "oasis_rhp_timeouts",
    help: "Calls to a ParaTime that it did not answer in time; they are among the failures.",
    knownFrom: "oasis-node",
  });
  const starts = registry.counter({
    name: "oasis_runtime_starts_total",
    help: "Processes of the ParaTime that started and introduced themselves; all but the first are restarts.",
    labels: ["runtime", "component"],
  });
  const breakdowns = registry.counter({
    name: "oasis_runtime_failures_total",
    help: "Processes of the ParaTime that could not be started, or ended by themselves, by the kind of the failure.",
    labels: ["runtime", "component", "kind"],
  });
  const up = registry.gauge({
    name: "oasis_runtime_up",
    help: "1 while the ParaTime's process answers calls, else 0.",
    labels: ["runtime", "component"],
  });
  const memory = registry.gauge({
    name: "oasis_runtime_resident_memory_bytes",
    help: "Resident memory of the ParaTime's processes, with those of its sandbox.",
    labels: ["runtime", "component"],
  });
  const labelsOf = ({ runtimeId, component }: Component) => ({ runtime: toHex(runtimeId), component });
  return {
    answered: (call: string, seconds: number) => {
      latency.observe(seconds, { call });
      successes.add(1, { call });
    },
    failed: (call: string, seconds: number, error: unknown) => {
      latency.observe(seconds, { call });
      failures.add(1, { call });
      if (error instanceof QanatError && error.code === "runtime/timeout") timeouts.add(1);
    },
    happened: (host: Component, event: HostEvent) => {
      const labels = labelsOf(host);
      if (event.kind === "started") starts.add(1, labels);
      // A process that was ended because the node stops has no cause.
      else if (event.kind !== "configUpdated" && event.cause !== null) {
        breakdowns.add(1, { ...labels, kind: event.cause.kind });
      }
    },
    /** @param residentBytes of the host's processes; null: not known */
    show: (host: Component & Pick<RuntimeHost, "status">, residentBytes: number | null) => {
      starts.add(0, labelsOf(host));
      up.set(flag(host.status().state === "ready"), labelsOf(host));
      memory.set(residentBytes, labelsOf(host));
    },
  };
}

/** The host, with the calls through it and the fate of its processes counted. */
export function countedHost(host: RuntimeHost, metrics: HostMetrics): RuntimeHost {
  host.subscribe((event) => metrics.happened(host, event));
  return {
    runtimeId: host.runtimeId,
    component: host.component,
    status: () => host.status(),
    info: () => host.info(),
    start: () => host.start(),
    stop: () => host.stop(),
    abort: (options) => host.abort(options),
    subscribe: (listener): Disposer => host.subscribe(listener),
    logTail: () => host.logTail(),
    call: async (name, body, options) => {
      const beganMs = performance.now();
      const seconds = () => (performance.now() - beganMs) / 1000;
      try {
        const reply = await host.call(name, body, options);
        metrics.answered(name, seconds());
        return reply;
      } catch (error) {
        metrics.failed(name, seconds(), error);
        throw error;
      }
    },
  };
}
