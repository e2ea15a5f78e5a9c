import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PrometheusRegistry } from "./prometheus-registry.ts";

function newRegistry() {
  const failures: unknown[] = [];
  const registry = new PrometheusRegistry({ failed: (error) => failures.push(error) });
  return { registry, failures, samples: async () => samplesOf(await registry.read()) };
}

/** Lines that are no comments. */
function samplesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("counters add up, by their labels", async () => {
  const { registry, samples } = newRegistry();
  const plain = registry.counter({ name: "plain_total", help: "Plain." });
  const labelled = registry.counter({ name: "labelled_total", help: "Labelled.", labels: ["kind"] });
  plain.add(1);
  plain.add(2);
  labelled.add(0, { kind: "a" });
  labelled.add(1.5, { kind: 'with "quotes"' });
  expect(await samples()).toEqual([
    "plain_total 3",
    'labelled_total{kind="a"} 0',
    'labelled_total{kind="with \\"quotes\\""} 1.5',
  ]);
});

test("what a gauge does not know is not shown", async () => {
  const { registry, samples } = newRegistry();
  const plain = registry.gauge({ name: "plain", help: "Plain." });
  const labelled = registry.gauge({ name: "labelled", help: "Labelled.", labels: ["kind"] });
  expect(await samples()).toEqual([]);
  plain.set(-1);
  labelled.set(1, { kind: "a" });
  labelled.set(2, { kind: "b" });
  labelled.set(null, { kind: "a" });
  expect(await samples()).toEqual(["plain -1", 'labelled{kind="b"} 2']);
  plain.set(null);
  labelled.replace([[3, { kind: "c" }]]);
  expect(await samples()).toEqual(['labelled{kind="c"} 3']);
  labelled.replace([]);
  expect(await samples()).toEqual([]);
});

test("a histogram counts what is at most its bounds", async () => {
  const { registry, samples } = newRegistry();
  const histogram = registry.histogram({ name: "size", help: "Size.", buckets: [1, 10] });
  for (const value of [1, 5, 100]) histogram.observe(value);
  expect(await samples()).toEqual([
    'size_bucket{le="1"} 1',
    'size_bucket{le="10"} 2',
    'size_bucket{le="+Inf"} 3',
    "size_sum 106",
    "size_count 3",
  ]);
});

test("looks come before each reading, and one that fails does not spoil the others", async () => {
  const { registry, failures, samples } = newRegistry();
  const gauge = registry.gauge({ name: "looks", help: "Looks." });
  let looks = 0;
  registry.onRead(() => {
    throw new Error("broken");
  });
  registry.onRead(async () => gauge.set(++looks));
  expect(await samples()).toEqual(["looks 1"]);
  expect(await samples()).toEqual(["looks 2"]);
  expect(failures).toHaveLength(2);
});

test("registries know nothing of each other", async () => {
  const [first, second] = [newRegistry(), newRegistry()];
  first.registry.counter({ name: "same_total", help: "Same." }).add(1);
  second.registry.counter({ name: "same_total", help: "Same." }).add(5);
  expect(await first.samples()).toEqual(["same_total 1"]);
});

test("the library is loaded only where metrics are on", () => {
  const root = join(import.meta.dirname, "../..");
  const importers = (pattern: RegExp) =>
    globSync("**/*.ts", { cwd: root })
      .filter((file) => !file.endsWith(".test.ts") && pattern.test(readFileSync(join(root, file), "utf8")))
      .map((file) => file.replaceAll("\\", "/"));
  expect(importers(/["']prom-client["']/)).toEqual(["telemetry/metrics/prometheus-registry.ts"]);
  expect(importers(/prometheus-registry\.ts"/)).toEqual(["node/main.ts"]);
  expect(importers(/from "[^"]*prometheus-registry\.ts"/)).toEqual([]);
});
