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
import type { RunFigures } from "./bench-node.ts";
import { measureGrowth } from "./growth.ts";
import { load, quantile } from "./load.ts";
import { measureReplay, type ReplayFigures } from "./replay.ts";
import { measureSync } from "./sync.ts";

/**
 * Measures the local network, the replay of recorded chains, fetching a chain from a peer, and the cost of a block as
 * the state grows. `--json` prints one object instead of the table. Times in milliseconds, memory in bytes.
 */
const PARTS = ["localnet", "replay", "sync", "growth"] as const;
type Part = (typeof PARTS)[number];
/** The official node to measure beside ours. */
const REFERENCE = "OASIS_NODE_REFERENCE";
const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    paratime: { type: "string" },
    /** How long each load lasts. */
    seconds: { type: "string", default: "5" },
    /** Measures replay and fetching with the official node at OASIS_NODE_REFERENCE, too. */
    reference: { type: "boolean", default: false },
    /** The parts to measure, with commas between. Growth takes minutes; bench/growth-plot.ts draws it. */
    only: { type: "string", default: "localnet,replay,sync" },
    shared: { type: "string", default: resolve(import.meta.dirname, "../../shared") },
  },
});
const durationMs = Number(values.seconds) * 1000;

/** How many queries memory is looked at after. */
const MEMORY_QUERIES = 20_000;
/** How many replays of a chain the medians are of. */
const REPLAYS = 7;
const KeyArgs = struct("KeyArgs", { key: text });
const figures: Record<string, number> = {};
const parts = partsOf(values.only);
if (parts.has("localnet")) await measureLocalnet();
if (parts.has("replay"))
  for (const chain of ["first-light", "txsource-multi-short"]) await measureReplaying(chain, referencePath());
if (parts.has("sync")) await measureFetching("txsource-multi-short", referencePath());
if (parts.has("growth")) await measureStateGrowth();
print();

function partsOf(list: string): Set<Part> {
  const names = list.split(",");
  const unknown = names.find((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${PARTS.join(", ")}`);
  return new Set(names as Part[]);
}

function referencePath(): string | null {
  if (!values.reference) return null;
  const path = process.env[REFERENCE];
  if (path === undefined || path === "")
    throw new Error(`--reference: set ${REFERENCE} to an official oasis-node 26.1`);
  return path;
}

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
  let left = MEMORY_QUERIES;
  const asker = async () => {
    while (left-- > 0) await ask(fresh);
  };
  await Promise.all(Array.from({ length: 32 }, asker));
  figures.rss_after_20000_queries_bytes = residentBytes(fresh.pid);
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

async function measureReplaying(chain: string, reference: string | null): Promise<void> {
  const genesis = join(values.shared, "chains", `${chain}.genesis.json`);
  if (!existsSync(genesis)) return;
  const path = join(values.shared, "chains", `${chain}.jsonl.gz`);
  const { ours, official } = await measureReplay(genesis, path, reference, REPLAYS);
  const name = chain.replaceAll("-", "_");
  const add = (prefix: string, { wallMs, peakRssBytes }: ReplayFigures) => {
    figures[`${prefix}_${name}_ms`] = wallMs;
    figures[`${prefix}_${name}_peak_rss_bytes`] = peakRssBytes;
  };
  add("replay", ours);
  if (official !== null) add("reference_replay", official);
}

async function measureFetching(chain: string, reference: string | null): Promise<void> {
  const genesis = join(values.shared, "chains", `${chain}.genesis.json`);
  if (!existsSync(genesis)) return;
  const { ours, official } = await measureSync(
    genesis,
    join(values.shared, "chains", `${chain}.jsonl.gz`),
    reference,
  );
  const add = (prefix: string, { wallMs, cpuMs, blocksPerSecond, peakRssBytes }: RunFigures) => {
    figures[`${prefix}_ms`] = wallMs;
    figures[`${prefix}_cpu_ms`] = cpuMs;
    figures[`${prefix}_blocks_per_second`] = blocksPerSecond;
    figures[`${prefix}_peak_rss_bytes`] = peakRssBytes;
  };
  add("sync", ours);
  if (official === null) return;
  add("reference_sync_from_ours", official.servedByOurs);
  add("reference_sync", official.servedByOfficial);
}

async function measureStateGrowth(): Promise<void> {
  for (const { accounts, transfersMs, emptyMs } of await measureGrowth()) {
    figures[`block_cpu_ms_${accounts}_accounts`] = transfersMs;
    figures[`empty_block_cpu_ms_${accounts}_accounts`] = emptyMs;
  }
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
