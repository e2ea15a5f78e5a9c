import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Call, encodeArgs } from "../src/cli/key-value.ts";
import { encode, struct, text } from "../src/codec/schema.ts";
import { ROUND_LATEST } from "../src/types/api-runtime-client.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  residentBytes,
  startLocalnet,
} from "../test/localnet-process.ts";
import { load, quantile } from "./load.ts";
import { replayInProcess } from "./replay.ts";

/**
 * Measures the local network and the replay of recorded chains. `--json` prints one object instead of the table.
 * Times in milliseconds, memory in bytes.
 */
const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    paratime: { type: "string" },
    /** How long each load lasts. */
    seconds: { type: "string", default: "5" },
    shared: { type: "string", default: resolve(import.meta.dirname, "../../shared") },
  },
});
const durationMs = Number(values.seconds) * 1000;

const KeyArgs = struct("KeyArgs", { key: text });
const figures: Record<string, number> = {};
await measureLocalnet();
for (const chain of ["first-light", "txsource-multi-short"]) await measureReplay(chain);
print();

async function measureLocalnet(): Promise<void> {
  const flags = values.paratime === undefined ? [] : ["--paratime", values.paratime];
  const dir = newLocalnetDir();
  const net = await startLocalnet(dir, flags);
  figures.ready_ms = performance.now() - net.commandAt;
  await submit(net);
  figures.first_result_ms = performance.now() - net.commandAt;
  const single = await load(1, durationMs, () => submit(net));
  figures.tx_p50_ms = quantile(single.sortedMs, 0.5);
  figures.tx_p99_ms = quantile(single.sortedMs, 0.99);
  figures.tx_per_second_1 = single.perSecond;
  for (const inFlight of [32, 256]) {
    const many = await load(inFlight, durationMs, () => submit(net));
    figures[`tx_per_second_${inFlight}`] = many.perSecond;
    figures[`tx_p50_ms_${inFlight}`] = quantile(many.sortedMs, 0.5);
  }
  const query = await load(1, durationMs, () => ask(net));
  figures.query_p50_ms = quantile(query.sortedMs, 0.5);
  figures.query_per_second_1 = query.perSecond;
  figures.query_per_second_32 = (await load(32, durationMs, () => ask(net))).perSecond;
  figures.rss_after_load_bytes = residentBytes(net.pid);
  await net.stop();
  removeLocalnetDir(dir);
  const fresh = await startLocalnet(dir, flags);
  await submit(fresh);
  figures.rss_idle_bytes = residentBytes(fresh.pid);
  await fresh.stop();
  removeLocalnetDir(dir);
}

/** One key/value transaction by a sender of its own, submitted and final. */
async function submit({ client, runtimeId }: LocalnetProcess): Promise<void> {
  const args = encodeArgs("insert", ["key", "value"]);
  const data = encode(Call, { sender: randomBytes(16), nonce: 0n, method: "insert", args });
  const response = await client.call("RuntimeClient", "SubmitTxMeta", { runtime_id: runtimeId, data });
  if (response.check_tx_error !== null) throw new Error(response.check_tx_error.message);
}

async function ask({ client, runtimeId }: LocalnetProcess): Promise<void> {
  await client.call("RuntimeClient", "Query", {
    runtime_id: runtimeId,
    component: null,
    round: ROUND_LATEST,
    method: "get",
    args: encode(KeyArgs, { key: "key" }),
  });
}

async function measureReplay(chain: string): Promise<void> {
  const genesis = join(values.shared, "chains", `${chain}.genesis.json`);
  if (!existsSync(genesis)) return;
  const result = await replayInProcess(genesis, join(values.shared, "chains", `${chain}.jsonl.gz`));
  const prefix = chain === "first-light" ? "replay" : `replay_${chain.replaceAll("-", "_")}`;
  figures[`${prefix}_ms`] = result.wallMs;
  figures[`${prefix}_blocks_per_second`] = result.blocksPerSecond;
  figures[`${prefix}_peak_rss_bytes`] = result.peakRssBytes;
}

function print(): void {
  const machine = `${availableParallelism()} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.versions.node}`;
  if (values.json) {
    console.log(JSON.stringify({ machine, ...figures }));
    return;
  }
  console.log(machine);
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  for (const [name, value] of Object.entries(figures)) {
    const shown = name.endsWith("_bytes")
      ? `${(value / 2 ** 20).toFixed(0)} MiB`
      : value.toFixed(value < 100 ? 2 : 0);
    console.log(`${name.padEnd(width)}  ${shown.padStart(10)}`);
  }
}
