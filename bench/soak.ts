import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { equal, toHex } from "../src/codec/bytes.ts";
import { identityFiles, privateKeyPath } from "../src/crypto/identity.ts";
import { loadSigner } from "../src/crypto/key-file.ts";
import { MemorySigner } from "../src/crypto/memory-signer.ts";
import { localnetPaths, readSettings } from "../src/node/localnet/localnet-files.ts";
import { type LocalnetNode, localnetNodes } from "../src/node/localnet/localnet-nodes.ts";
import { stakingAddress } from "../src/types/account-address.ts";
import { Random } from "../test/fuzz/random.ts";
import { startLocalnet } from "../test/localnet-process.ts";
import { judgeGrowth, median } from "./soak/judge.ts";
import { NodeApi } from "./soak/node-api.ts";
import { NodeProcesses, type Restart } from "./soak/restarts.ts";
import { type Sample, sampleNode, sampleParaTime } from "./soak/sample.ts";
import { type Inserted, sendInserts, settleInserts } from "./soak/send-inserts.ts";
import { sendTransfers } from "./soak/send-transfers.ts";
import { Tally } from "./soak/tally.ts";

/**
 * Runs a local network of four validators and a ParaTime for long, under a steady light load, and ends and starts its
 * nodes again meanwhile. Fails when a process grows, a transaction is unaccounted for, or the nodes disagree.
 *
 * In the first sixth of the time the ParaTime's node is restarted, later the second validator, by SIGTERM and SIGKILL in
 * turn; the third, the fourth and the seed never, so that what a node does in all that time shows in one process.
 *
 * The folder has `samples.jsonl`, a line for each process every ten seconds, from the beginning on; `result.json` comes
 * last. `bin/run-node bench/soak-plot.ts FOLDER` draws them.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    /** Between restarts, on average; each time half as long to one and a half times as long. */
    "restart-minutes": { type: "string", default: "3" },
    /** Milliseconds between the transactions of each of the six senders: four of transfers, two of the ParaTime's. */
    interval: { type: "string", default: "1500" },
    seed: { type: "string", default: "1" },
    /** Where the network and the figures are; what is there of the network goes on. */
    out: { type: "string" },
  },
});
const SAMPLE_MS = 10_000;
const INSERT_SENDERS = 2;
/** In a shorter soak the caches still fill when the second half begins: growth is shown, and is no failure. */
const JUDGED_FROM_SECONDS = 45 * 60;
/** Heights at which the chains of all nodes are compared, evenly from the first to the last. */
const COMPARED_HEIGHTS = 50;

const soakSeconds = Number(values.minutes) * 60;
const random = new Random(Number(values.seed));
const out = resolve(values.out ?? `soak-${values.seed}`);
const heaps = join(out, "heaps");
const samplesFile = join(out, "samples.jsonl");
mkdirSync(heaps, { recursive: true });
process.env.QANAT_SOAK_HEAPS = heaps;
const reporter = pathToFileURL(join(import.meta.dirname, "soak", "report-heap.ts"));
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import=${reporter}`;

const began = performance.now();
const secondsNow = () => (performance.now() - began) / 1000;
const say = (text: string) => console.error(`${secondsNow().toFixed(0)} s: ${text}`);

const dir = join(out, "network");
await using network = await startLocalnet(dir, ["--validators", "4"]);
const paths = localnetPaths(dir);
const nodes = localnetNodes(paths, readSettings(paths)!);
const validators = nodes.filter(({ kind }) => kind !== "seed");
const processes = NodeProcesses.of(network, paths);
process.once("exit", () => processes.kill());
const samples: Sample[] = [];
const restarts: Restart[] = [];
const problems: string[] = [];
const ending = new AbortController();
const timer = setTimeout(() => ending.abort(), soakSeconds * 1000);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
say(`the network is ready; ${values.minutes} minutes, seed ${values.seed}, ${out}`);

const sink = stakingAddress(MemorySigner.generate().publicKey);
const transfers = new Tally();
const inserts = new Tally();
const [, insertedKeys] = await Promise.all([
  Promise.all(validators.map(sendTransfersOf)),
  Promise.all(Array.from({ length: INSERT_SENDERS }, (_, index) => sendInsertsOf(index))),
  sampleAll(),
  restartAll(),
]);
clearTimeout(timer);
say("settling");
await settle(insertedKeys);
await compareChains();
await checkSink();
report();
await processes.stop();
await network.stop();
process.exitCode = problems.length === 0 ? 0 : 1;

async function sendTransfersOf(node: LocalnetNode): Promise<void> {
  await sendTransfers(
    {
      api: new NodeApi(node.paths.socket),
      signer: loadSigner(privateKeyPath(node.paths.entityDir, identityFiles.entity)),
      to: sink,
      chainContext: network.ready.chain_context,
      intervalMs: Number(values.interval),
      tally: transfers,
    },
    ending.signal,
  );
}

async function sendInsertsOf(index: number): Promise<Inserted> {
  const api = new NodeApi(network.ready.socket);
  const { runtimeId } = network;
  const sender = { api, runtimeId, intervalMs: Number(values.interval), tally: inserts };
  return await sendInserts({ ...sender, name: `${values.seed}/${index}` }, ending.signal);
}

async function sampleAll(): Promise<void> {
  const apis = new Map(nodes.map((node) => [node.name, new NodeApi(node.paths.socket)]));
  for (let tick = 0; !ending.signal.aborted; tick++) {
    const seconds = secondsNow();
    for (const { name, kind } of nodes) {
      const pid = processes.pidOf(name);
      if (pid === null) continue;
      const api = apis.get(name)!;
      const sample = await sampleNode({ name, pid, seconds }, api.client, heaps);
      if (sample === null || sample.height === null) api.reconnect();
      keep(sample);
      if (kind === "first") keep(sampleParaTime(pid, seconds));
    }
    keep(await sampleNode({ name: "localnet", pid: network.pid, seconds }, null, heaps));
    const next = began + (tick + 1) * SAMPLE_MS;
    await pause(Math.max(0, next - performance.now()), undefined, { signal: ending.signal }).catch(() => {});
  }
}

function keep(sample: Sample | null): void {
  if (sample === null) return;
  samples.push(sample);
  appendFileSync(samplesFile, `${JSON.stringify(sample)}\n`);
}

async function restartAll(): Promise<void> {
  const everyMs = Number(values["restart-minutes"]) * 60_000;
  for (let n = 0; ; n++) {
    const waitMs = everyMs * (0.5 + random.int(1000) / 1000);
    await pause(waitMs, undefined, { signal: ending.signal }).catch(() => {});
    // What was restarted last needs time to show that it works again.
    if (ending.signal.aborted || secondsNow() + 60 > soakSeconds) return;
    const node = validators[secondsNow() < soakSeconds / 6 ? 0 : 1]!;
    const signal = n % 2 === 0 ? "SIGTERM" : "SIGKILL";
    const seconds = secondsNow();
    const { code, readyMs } = await processes.restart(node, signal);
    const restart = { seconds, name: node.name, signal, code, readyMs } as const;
    restarts.push(restart);
    appendFileSync(join(out, "restarts.jsonl"), `${JSON.stringify(restart)}\n`);
    say(`${node.name} ended by ${signal}; ready again after ${readyMs?.toFixed(0)} ms`);
    if (readyMs === null) problems.push(`${node.name} did not take part again after ${signal}`);
    if (signal === "SIGTERM" && code !== null && code !== 0) problems.push(`${node.name} ended with ${code}`);
  }
}

async function settle(inserted: readonly Inserted[]): Promise<void> {
  const api = new NodeApi(network.ready.socket);
  for (const keys of inserted)
    await settleInserts({ api, runtimeId: network.runtimeId, tally: inserts }, keys);
  for (const [kind, tally] of Object.entries({ transfers, inserts })) {
    for (const lost of tally.lost) problems.push(`${kind}: ${lost}`);
    if (!tally.isComplete) problems.push(`${kind}: ${tally.sent} sent, not all accounted for`);
  }
}

/** All nodes must have the same blocks and states. */
async function compareChains(): Promise<void> {
  const apis = validators.map((node) => new NodeApi(node.paths.socket));
  const blocks = (height: bigint) =>
    Promise.all(apis.map(({ client }) => client.call("Consensus", "GetBlock", height)));
  const heights = (await blocks(0n)).map(({ height }) => height);
  const last = heights.sort((a, b) => Number(a - b))[0]!;
  const { genesis_height } = await apis[0]!.client.call("Consensus", "GetStatus", null);
  const first = genesis_height === 0n ? 1n : genesis_height;
  for (let n = 0n; n < COMPARED_HEIGHTS; n++) {
    const height = first + ((last - first) * n) / BigInt(COMPARED_HEIGHTS - 1);
    const [one, ...others] = await blocks(height);
    const same = others.every(
      (block) => equal(block.hash, one!.hash) && equal(block.state_root.hash, one!.state_root.hash),
    );
    if (!same) problems.push(`the nodes have different blocks at height ${height}`);
    if (height === last) say(`state root at height ${last}: ${toHex(one!.state_root.hash)}`);
  }
}

/** As much must have arrived as was sent. */
async function checkSink(): Promise<void> {
  for (const { name, paths } of validators) {
    const { client } = new NodeApi(paths.socket);
    const account = await client.call("Staking", "Account", { height: 0n, owner: sink });
    const sum = BigInt(transfers.final + transfers.finalUnheard);
    if (account.general.balance !== sum)
      problems.push(`${name}: ${account.general.balance} arrived of ${sum} transfers`);
  }
}

function report(): void {
  const growth = judgeGrowth(samples, soakSeconds);
  for (const { name, measure, early, late, isTooMuch } of growth)
    if (isTooMuch && soakSeconds >= JUDGED_FROM_SECONDS)
      problems.push(`${name}: ${measure} grew from ${early} to ${late}`);
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model ?? "an unknown processor"}, Node ${process.versions.node}`;
  const tally = ({ sent, final, finalUnheard, failed }: Tally) => {
    return { sent, final, finalUnheard, failed: Object.fromEntries(failed) };
  };
  const height = Math.max(...samples.map((sample) => sample.height ?? 0));
  const result = {
    ...{ machine, minutes: secondsNow() / 60, seed: values.seed, height },
    ...{ transfers: tally(transfers), inserts: tally(inserts) },
    ...{ restarts, readyMsMedian: median(restarts.map(({ readyMs }) => readyMs)) },
    ...{ growth, problems },
  };
  writeFileSync(join(out, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  console.log(machine);
  for (const [kind, { sent, final, finalUnheard, failures }] of Object.entries({ transfers, inserts }))
    console.log(`${kind}: ${sent} sent, ${final} final, ${finalUnheard} final unheard, ${failures} failed`);
  console.log(`${restarts.length} restarts; height ${height}`);
  const shown = (measure: string, value: number) =>
    measure === "rssAnon" || measure === "liveHeap" ? `${(value / 2 ** 20).toFixed(1)} MiB` : `${value}`;
  for (const { name, measure, early, late, allowance, isTooMuch } of growth) {
    const [from, to, allowed] = [early, late, allowance].map((value) => shown(measure, value).padStart(11));
    console.log(
      `${name.padEnd(12)} ${measure.padEnd(10)} ${from} -> ${to}   allowed +${allowed!.trim()}${isTooMuch ? "  GREW" : ""}`,
    );
  }
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
}
