import { expect, test } from "vitest";
import { Emitter } from "../../telemetry/emitter.ts";
import { PrometheusRegistry } from "../../telemetry/metrics/prometheus-registry.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import type { RoundContext } from "../round-context.ts";
import { countedExecution, executorMetrics } from "./metrics.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

const ioRoot = new Uint8Array(32).fill(1);
const batchOfRound7 = { header: { round: 7n, io_root: ioRoot } } as unknown as ScheduledBatch;
const inputs = [new Uint8Array(1), new Uint8Array(2)];
const going = new AbortController().signal;
const ended = AbortSignal.abort();

function counted(execute: () => Promise<ScheduledBatch>) {
  const registry = new PrometheusRegistry({ failed: expect.unreachable });
  const blocks = new Emitter<AnnotatedBlock>();
  const run = countedExecution(execute, { runtime: "80", blocks }, executorMetrics(registry));
  const roundIs = (round: bigint, io_root: Uint8Array) =>
    blocks.emit({ consensus_height: 1n, block: { header: { round, io_root } } } as unknown as AnnotatedBlock);
  const value = async (name: string) => {
    const line = new RegExp(`^oasis_worker_${name}\\{runtime="80"\\} (\\S+)$`, "m");
    return Number(line.exec(await registry.read())?.[1] ?? 0);
  };
  return { run: (signal: AbortSignal) => run({} as RoundContext, inputs, signal, null), roundIs, value };
}

test.each([
  { what: "becomes a round", round: 7n, io: ioRoot, finalized: 1 },
  { what: "another node's batch becomes the round", round: 7n, io: new Uint8Array(32), finalized: 0 },
  { what: "its round is passed over", round: 8n, io: ioRoot, finalized: 0 },
  { what: "its round has not come yet", round: 6n, io: ioRoot, finalized: 0 },
])("a batch that was executed: $what", async ({ round, io, finalized }) => {
  const { run, roundIs, value } = counted(async () => batchOfRound7);
  expect(await run(going)).toBe(batchOfRound7);
  roundIs(round, io);
  roundIs(round, io);
  expect(await value("batch_size_sum")).toBe(2);
  expect(await value("batch_runtime_processing_time_count")).toBe(1);
  expect(await value("batch_processing_time_count")).toBe(finalized);
  expect(await value("aborted_batch_count")).toBe(0);
});

test("a batch whose round ended first is aborted", async () => {
  const { run, roundIs, value } = counted(async () => batchOfRound7);
  await run(ended);
  roundIs(7n, ioRoot);
  expect(await value("aborted_batch_count")).toBe(1);
  expect(await value("batch_processing_time_count")).toBe(0);
});

test("a batch that fails is aborted, and fails", async () => {
  const { run, value } = counted(() => Promise.reject(new Error("broken")));
  await expect(run(going)).rejects.toThrow("broken");
  expect(await value("aborted_batch_count")).toBe(1);
  expect(await value("batch_runtime_processing_time_count")).toBe(0);
});
