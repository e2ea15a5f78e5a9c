import { expect, test } from "vitest";
import { CodedError, QanatError } from "../codec/errors.ts";
import { Emitter } from "../telemetry/emitter.ts";
import { PrometheusRegistry } from "../telemetry/metrics/prometheus-registry.ts";
import type { RuntimeInfoResponse } from "../types/host-protocol-runtime-calls.ts";
import type { HostEvent, RuntimeHost } from "./host.ts";
import { countedHost, hostMetrics } from "./metrics.ts";

/** A host whose process answers as told. */
function newHost(answer: () => Promise<unknown>) {
  const registry = new PrometheusRegistry({ failed: expect.unreachable });
  const events = new Emitter<HostEvent>();
  const host = {
    runtimeId: Uint8Array.of(0x80),
    component: "ronl",
    subscribe: (listener: (event: HostEvent) => void) => events.subscribe(listener),
    call: answer,
  } as unknown as RuntimeHost;
  const samples = async (name: string) =>
    (await registry.read()).split("\n").filter((line) => line.startsWith(`oasis_${name}`));
  return { host: countedHost(host, hostMetrics(registry)), events, samples };
}

const ping = "RuntimePingRequest";

test("an answer is passed on and counted", async () => {
  const { host, samples } = newHost(async () => "answer");
  expect(await host.call(ping, {})).toBe("answer");
  expect(await samples("rhp_successes")).toEqual([`oasis_rhp_successes{call="${ping}"} 1`]);
  expect(await samples("rhp_latency_count")).toEqual([`oasis_rhp_latency_count{call="${ping}"} 1`]);
  expect(await samples("rhp_failures")).toEqual([]);
});

test.each([
  { error: new CodedError("runtime", 1, "no"), timeouts: 0 },
  { error: new QanatError("runtime/closed", "the process is gone"), timeouts: 0 },
  { error: new QanatError("runtime/timeout", "no answer"), timeouts: 1 },
])("a failure is passed on and counted: $error.message", async ({ error, timeouts }) => {
  const { host, samples } = newHost(() => Promise.reject(error));
  await expect(host.call(ping, {})).rejects.toBe(error);
  expect(await samples("rhp_failures")).toEqual([`oasis_rhp_failures{call="${ping}"} 1`]);
  expect(await samples("rhp_timeouts")).toEqual([`oasis_rhp_timeouts ${timeouts}`]);
  expect(await samples("rhp_successes")).toEqual([]);
});

test("what becomes of processes is counted; an ordered stop is no failure", async () => {
  const { events, samples } = newHost(async () => null);
  const info = {} as RuntimeInfoResponse;
  events.emit({ kind: "started", info });
  events.emit({ kind: "configUpdated" });
  events.emit({ kind: "stopped", cause: { kind: "pingTimeout", timeoutMs: 1 } });
  events.emit({ kind: "failedToStart", cause: { kind: "binaryMissing", path: "/none" } });
  events.emit({ kind: "started", info });
  events.emit({ kind: "stopped", cause: null });
  const labels = 'runtime="80",component="ronl"';
  expect(await samples("runtime_starts_total")).toEqual([`oasis_runtime_starts_total{${labels}} 2`]);
  expect(await samples("runtime_failures_total")).toEqual([
    `oasis_runtime_failures_total{${labels},kind="pingTimeout"} 1`,
    `oasis_runtime_failures_total{${labels},kind="binaryMissing"} 1`,
  ]);
});
