import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BenchNodes, ours, type RunFigures, runTo } from "./bench-node.ts";
import { quantile } from "./load.ts";
import { startSource } from "./start-source.ts";

/** What an official node makes again from the blocks that it has. */
const OFFICIAL_STATE = ["consensus/state", "persistent-store.badger.db"];

export interface ReplayFigures {
  readonly wallMs: number;
  readonly peakRssBytes: number;
}

export interface ReplayMeasurements {
  /** `debug replay`, a process of its own from start to end. */
  readonly ours: ReplayFigures;
  /** An official node that has the blocks and lost its state, from its start to its answer; null without a reference. */
  readonly official: ReplayFigures | null;
}

/**
 * Measures the replay of a recorded chain: medians, ours and the official node's in turn, so that what the machine does
 * besides is the same for both.
 * @param reference path of an official oasis-node; null: ours alone
 */
export async function measureReplay(
  genesis: string,
  chain: string,
  reference: string | null,
  times: number,
): Promise<ReplayMeasurements> {
  const mine: ReplayFigures[] = [];
  if (reference === null) {
    while (mine.length < times) mine.push(await replayInProcess(genesis, chain));
    return { ours: medians(mine), official: null };
  }
  using nodes = new BenchNodes(genesis);
  const replayOfficial = await officialReplay(nodes, genesis, chain, reference);
  const theirs: ReplayFigures[] = [];
  while (mine.length < times) {
    settleDisk();
    mine.push(await replayInProcess(genesis, chain));
    settleDisk();
    theirs.push(await replayOfficial());
  }
  return { ours: medians(mine), official: medians(theirs) };
}

/** Lets an official node fetch the blocks; what it gives makes that node replay them. */
async function officialReplay(
  nodes: BenchNodes,
  genesis: string,
  chain: string,
  reference: string,
): Promise<() => Promise<RunFigures>> {
  const { source, head } = await startSource(nodes, genesis, chain);
  const official = await nodes.add("official", reference);
  await runTo(head - 1n, official, source);
  await official.stop();
  await source.stop();
  return async () => {
    for (const lost of OFFICIAL_STATE) rmSync(join(official.dataDir, lost), { recursive: true });
    const figures = await runTo(head - 1n, official, null);
    await official.stop();
    return figures;
  };
}

/** So that nobody pays for what the one before has written. */
function settleDisk(): void {
  spawnSync("sync");
}

function medians(runs: readonly ReplayFigures[]): ReplayFigures {
  const median = (values: number[]) =>
    quantile(
      values.sort((a, b) => a - b),
      0.5,
    );
  return {
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    peakRssBytes: median(runs.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

function replayInProcess(genesis: string, chain: string): Promise<ReplayFigures> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const replay = spawn(ours, ["debug", "replay", "--genesis", genesis, "--chain", chain], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    replay.stdout.on("data", (chunk) => {
      output += chunk;
    });
    replay.once("close", (code) => {
      const wallMs = performance.now() - began;
      if (code === 0) resolve({ wallMs, peakRssBytes: JSON.parse(output).peak_rss_bytes });
      else reject(new Error(`replay of ${chain} failed with code ${code}`));
    });
  });
}
