import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { runNode } from "../../src/node/main.ts";
import { declareMetrics } from "../../src/node/metrics/declare-metrics.ts";
import type { Node } from "../../src/node/node.ts";
import { declarationsOf } from "../../src/telemetry/metrics/declarations.ts";
import { removeLocalnetDir } from "../localnet-process.ts";
import { insert } from "./key-value-client.ts";
import { copyNetwork, type NetworkFolder, newNetwork } from "./network-folder.ts";

let network: NetworkFolder;
beforeAll(async () => {
  const source = await newNetwork();
  network = copyNetwork(source, (config) => {
    config.common.log = { format: "json", file: "node.log" };
    config.metrics = { mode: "pull", address: "127.0.0.1:0" };
  });
  removeLocalnetDir(source.dir);
}, 600_000);
afterAll(() => removeLocalnetDir(network.dir));

/** Samples by name and then by labels in the text's own form. */
type Scrape = ReadonlyMap<string, ReadonlyMap<string, number>>;

async function scrape(node: Node): Promise<{ samples: Scrape; families: Map<string, string> }> {
  const { host, port } = node.metricsAddress!;
  const response = await fetch(`http://${host}:${port}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const samples = new Map<string, Map<string, number>>();
  const families = new Map<string, string>();
  for (const line of (await response.text()).split("\n")) {
    const family = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (family !== null) families.set(family[1]!, family[2]!);
    if (line === "" || line.startsWith("#")) continue;
    const sample = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const [, name, labels, value] = sample!;
    expect(Number(value), line).not.toBeNaN();
    samples.set(name!, (samples.get(name!) ?? new Map()).set(labels ?? "", Number(value)));
  }
  return { samples, families };
}

/** The only sample of a metric. */
function only(samples: Scrape, name: string): number {
  const values = [...(samples.get(name)?.values() ?? [])];
  expect(values, name).toHaveLength(1);
  return values[0]!;
}

function untilReady(node: Node): Promise<void> {
  return new Promise((resolve) => {
    const dispose = node.consensus.onBlock(() => {
      if (!node.isReady() || node.workers[0]!.executor?.rank == null) return;
      dispose();
      resolve();
    });
  });
}

/** Runs the node of the network while `body` does. */
async function withNode(body: (node: Node, client: ApiClient) => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const client = new ApiClient(parseDialAddress(`unix:${network.socket}`));
  await runNode(
    { configPath: network.config, overrides: {} },
    {
      signal: ending.signal,
      started: async (node) => {
        try {
          await untilReady(node);
          await body(node, client);
        } finally {
          client.close();
          ending.abort();
        }
      },
    },
  );
}

test("a node counts what it does and shows how it is", { timeout: 600_000 }, async () => {
  let address: Node["metricsAddress"] = null;
  await withNode(async (node, client) => {
    address = node.metricsAddress;
    const paraTime = { client, runtimeId: node.workers[0]!.runtimeId };
    const runtime = Buffer.from(paraTime.runtimeId).toString("hex");
    const before = (await scrape(node)).samples;
    await insert(paraTime, "key", randomBytes(8).toString("hex"));
    await insert(paraTime, "key", randomBytes(8).toString("hex"));
    await expect(
      client.call("RuntimeClient", "GetBlock", { runtime_id: new Uint8Array(32), round: 1n }),
    ).rejects.toThrow();
    const round = node.workers[0]!.store.lastBlock!.block.header.round;
    const { samples, families } = await scrape(node);

    // Everything declared is there, with its type.
    const declared = declarationsOf(declareMetrics);
    expect([...families].sort()).toEqual(declared.map(({ name, type }) => [name, type]).sort());

    const grown = (name: string) => only(samples, name) - only(before, name);
    expect(only(samples, "oasis_node_synced")).toBe(1);
    expect(only(samples, "oasis_node_ready")).toBe(1);
    expect(samples.get("oasis_node_blocker_since_timestamp_seconds")).toBeUndefined();
    const height = only(samples, "cometbft_consensus_latest_block_height");
    expect(height).toBeGreaterThan(1000);
    expect(height).toBeLessThanOrEqual(Number(node.consensus.latestHeight()));
    expect(grown("oasis_consensus_proposed_blocks")).toBe(grown("cometbft_consensus_latest_block_height"));
    expect(grown("oasis_consensus_signed_blocks")).toBe(grown("cometbft_consensus_latest_block_height"));
    expect(only(samples, "oasis_consensus_epoch")).toBe(1);
    expect(only(samples, "oasis_consensus_next_epoch_height")).toBe(2000);
    expect(only(samples, "oasis_registry_nodes")).toBe(1);

    expect(grown("oasis_finalized_rounds")).toBe(grown("oasis_worker_processed_block_count"));
    expect(grown("oasis_worker_processed_block_count")).toBeGreaterThanOrEqual(2);
    const fullRound = samples.get("oasis_worker_storage_full_round")?.get(`runtime="${runtime}"`);
    expect(fullRound).toBeGreaterThanOrEqual(Number(round));
    expect(only(samples, "oasis_worker_executor_is_worker")).toBe(1);
    expect(only(samples, "oasis_worker_batch_size_sum")).toBeGreaterThanOrEqual(2);
    expect(only(samples, "oasis_worker_batch_processing_time_count")).toBeGreaterThanOrEqual(2);
    expect(only(samples, "oasis_worker_storage_commit_latency_count")).toBeGreaterThanOrEqual(2);
    expect(only(samples, "oasis_worker_aborted_batch_count")).toBe(0);
    expect(grown("oasis_txpool_accepted_transactions")).toBeGreaterThanOrEqual(2);

    expect(only(samples, "oasis_worker_node_registered")).toBe(1);
    expect(only(samples, "oasis_worker_node_status_frozen")).toBe(0);
    expect(only(samples, "oasis_node_account_balance_base_units")).toBeGreaterThan(0);
    expect(only(samples, "oasis_runtime_up")).toBe(1);
    expect(only(samples, "oasis_runtime_starts_total")).toBe(1);
    expect(only(samples, "oasis_runtime_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(
      samples.get("oasis_rhp_successes")?.get('call="RuntimeExecuteTxBatchRequest"'),
    ).toBeGreaterThanOrEqual(2);

    const submit = 'call="/oasis-core.RuntimeClient/SubmitTxMeta"';
    expect(samples.get("oasis_grpc_server_calls")?.get(submit)).toBe(2);
    expect(samples.get("oasis_grpc_server_latency_count")?.get(submit)).toBe(2);
    expect(
      samples
        .get("oasis_grpc_server_failures_total")
        ?.get('call="/oasis-core.RuntimeClient/GetBlock",status="unknown"'),
    ).toBe(1);

    expect(only(samples, "oasis_storage_used_bytes")).toBeGreaterThan(1e4);
    expect(only(samples, "oasis_storage_disk_free_bytes")).toBeGreaterThan(1e6);
    expect(only(samples, "process_resident_memory_bytes")).toBeGreaterThan(1e7);
    expect([...samples.get("oasis_node_event_loop_delay_seconds")!.keys()]).toContain('quantile="0.99"');
  });
  await expect(fetch(`http://127.0.0.1:${address!.port}/metrics`)).rejects.toThrow();
  expect(existsSync(network.socket)).toBe(false);
});
