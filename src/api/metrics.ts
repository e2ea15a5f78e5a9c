import { LATENCY_BUCKETS, type MetricRegistry } from "../telemetry/metrics/metric-registry.ts";
import type { BoundMethod, Responder } from "./dispatcher.ts";
import { code, type RpcStatus } from "./status.ts";

export type ApiMetrics = ReturnType<typeof apiMetrics>;

/** Calls of clients. `call` is the path of the method, as `/oasis-core.Consensus/GetBlock`. */
export function apiMetrics(registry: MetricRegistry) {
  const calls = registry.counter({
    name: "oasis_grpc_server_calls",
    help: "Calls of API methods that began.",
    labels: ["call"],
    knownFrom: "oasis-node",
  });
  const latency = registry.histogram({
    name: "oasis_grpc_server_latency",
    help: "Time from a request to its answer, in seconds; streams are not in it.",
    labels: ["call"],
    buckets: LATENCY_BUCKETS,
    knownFrom: "oasis-node",
  });
  const streamWrites = registry.counter({
    name: "oasis_grpc_server_stream_writes",
    help: "Messages sent on streams.",
    labels: ["call"],
    knownFrom: "oasis-node",
  });
  const failures = registry.counter({
    name: "oasis_grpc_server_failures_total",
    help: "Calls that ended otherwise than well, by the name of their gRPC status.",
    labels: ["call", "status"],
  });
  return {
    called: (call: string) => calls.add(1, { call }),
    sentOnStream: (call: string) => streamWrites.add(1, { call }),
    answered: (call: string, seconds: number) => latency.observe(seconds, { call }),
    ended: (call: string, status: RpcStatus) => {
      if (status.code !== code.ok) failures.add(1, { call, status: statusName(status.code) });
    },
  };
}

/** The responder of a call, with what goes through it counted. */
export function countedResponder(
  { path, method }: Pick<BoundMethod, "path" | "method">,
  responder: Responder,
  metrics: ApiMetrics,
): Responder {
  const isStream = method.kind === "stream";
  const beganMs = performance.now();
  metrics.called(path);
  return {
    send: (message) => {
      if (isStream) metrics.sentOnStream(path);
      return responder.send(message);
    },
    finish: (status) => {
      if (!isStream) metrics.answered(path, (performance.now() - beganMs) / 1000);
      metrics.ended(path, status);
      responder.finish(status);
    },
  };
}

const statusNames = new Map<number, string>(Object.entries(code).map(([name, value]) => [value, name]));

function statusName(value: number): string {
  return statusNames.get(value) ?? String(value);
}
