import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { ChainStore } from "../../src/chain/chain-store.ts";
import { readRecordedChain } from "../../src/chain/recorded-chain.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { verifyStore } from "../../src/node/storage/verify-store.ts";
import type { Environment } from "../../src/storage/environment/environment.ts";
import { openEnvironment } from "../../src/storage/environment/lmdb-environment.ts";
import type { NodeDb } from "../../src/storage/node-db/node-db.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { verifyTrees } from "../../src/storage/node-db/verify-trees.ts";
import { sharedPath } from "../shared.ts";
import { checkpointFiles, copyFolder, KEPT_HEIGHTS, NAMESPACE, storeFolder } from "./node-to-be-killed.ts";
import { restoreCheckpoint } from "./restore-checkpoint.ts";

/** `QANAT_KILLS`, `QANAT_KILL_SEED` and `QANAT_KILL_CHAIN` make a longer run, repeat one, or take another chain. */
const { QANAT_KILLS, QANAT_KILL_SEED, QANAT_KILL_CHAIN } = process.env;
const kills = Number(QANAT_KILLS ?? 6);
const seed = Number(QANAT_KILL_SEED ?? Date.now() % 1_000_000);
const chain = QANAT_KILL_CHAIN ?? "first-light";
/** A run is killed after it has told of so many pieces of its work, at most. */
const MAX_LINES: Readonly<Record<"follow" | "restore", number>> = { follow: 120, restore: 12 };
/** And so long after the last of them, at most: less than what a piece takes. */
const MAX_DELAY_MS = 3;

/** The last height that the node said was on disk, and what it was doing when it was killed; null: it came to its end. */
interface Outcome {
  readonly height: bigint;
  readonly work: string | null;
}

/** Runs the node and kills it after it has told of `lines` pieces of work, and `delayMs` later. */
async function runAndKill(folder: string, mode: string, lines: number, delayMs: number): Promise<Outcome> {
  const program = join(import.meta.dirname, "node-to-be-killed.ts");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, folder, mode, chain],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once("close", (code, signal) => resolve([code, signal])),
  );
  let height = 0n;
  let work = "";
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^\d+$/.test(line)) height = BigInt(line);
    else work = line;
    if (++told === lines) setTimeout(() => child.kill("SIGKILL"), delayMs);
  }
  const outcome = await closed;
  // It may have come to the end of the chain, or have had nothing to restore.
  expect(outcome).toBeOneOf([
    [null, "SIGKILL"],
    [0, null],
  ]);
  return { height, work: outcome[1] === null ? null : work };
}

/** Everything that is stored belongs together, and every state that is kept is the recorded one. */
function verifyChain(environment: Environment, db: NodeDb, roots: ReadonlyMap<bigint, string>): void {
  const chainStore = new ChainStore(environment);
  const work = verifyStore({ dataDir: "", environment, state: db, chain: chainStore, runtimes: [] });
  let step = work.next();
  while (step.done !== true) step = work.next();
  expect(step.value.problems).toEqual([]);
  const latest = db.latestVersion() ?? 0n;
  for (let height = db.earliestVersion(); height <= latest; height++) {
    if (height > 0n)
      expect(db.rootsForVersion(height).map(({ hash }) => toHex(hash))).toEqual([roots.get(height)]);
  }
}

/** Every checkpoint that is there is complete and restores to the recorded state. */
async function verifyCheckpoints(folder: string, roots: ReadonlyMap<bigint, string>): Promise<void> {
  const files = checkpointFiles(folder);
  for (const checkpoint of files.list()) {
    const { root } = checkpoint;
    expect(toHex(root.hash)).toBe(roots.get(root.version));
    await restoreCheckpoint(files, checkpoint);
  }
}

/** What is restored so far belongs together; a version that is final is the recorded one. */
async function verifyCopy(folder: string, roots: ReadonlyMap<bigint, string>): Promise<void> {
  if (!existsSync(join(copyFolder(folder), "data.mdb"))) return;
  const environment = openEnvironment(copyFolder(folder));
  const db = openNodeDb(environment, NAMESPACE);
  const problems: string[] = [];
  for (const _ of verifyTrees(environment, db, { roots: 0, nodes: 0 }, (problem) => problems.push(problem)));
  expect(problems).toEqual([]);
  const version = db.latestVersion();
  if (version !== null) expect(toHex(db.rootsForVersion(version)[0]!.hash)).toBe(roots.get(version));
  await environment.close();
}

test("blocks, pruning, checkpoints and restoring survive being killed at any moment", {
  timeout: 60_000 + kills * 10_000,
}, async () => {
  console.log(`QANAT_KILL_SEED=${seed}`);
  const recorded = new Map<bigint, string>();
  for (const { height, stateRoot } of readRecordedChain(sharedPath("chains", `${chain}.jsonl.gz`))) {
    recorded.set(height, toHex(stateRoot));
  }
  const end = [...recorded.keys()].at(-1)!;
  let folder = mkdtempSync(join(tmpdir(), "qanat-kill-"));
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const killedAt: Record<string, number> = {};
  for (let kill = 0; kill < kills; ) {
    const mode = kill % 3 === 2 && checkpointFiles(folder).list().length > 0 ? "restore" : "follow";
    const lines = 1 + Math.floor(random() * MAX_LINES[mode]);
    const { height: printed, work } = await runAndKill(folder, mode, lines, random() * MAX_DELAY_MS);
    if (work !== null) {
      kill++;
      killedAt[work] = (killedAt[work] ?? 0) + 1;
    }
    const environment = openEnvironment(storeFolder(folder));
    const db = openNodeDb(environment, NAMESPACE, { discardWriteLogs: true });
    const latest = db.latestVersion() ?? 0n;
    if (mode === "follow") expect(latest).toBeGreaterThanOrEqual(printed);
    expect(latest - db.earliestVersion()).toBeLessThan(KEPT_HEIGHTS * 4n);
    verifyChain(environment, db, recorded);
    await environment.close();
    await verifyCheckpoints(folder, recorded);
    await verifyCopy(folder, recorded);
    if (latest < end) continue;
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "qanat-kill-"));
  }
  console.log(`killed while at work on: ${JSON.stringify(killedAt)}`);
  rmSync(folder, { recursive: true });
});
