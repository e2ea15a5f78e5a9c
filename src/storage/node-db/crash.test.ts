import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { openEnvironment } from "../environment/lmdb-environment.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { tables } from "../tables.ts";
import { changesOf, KEPT_VERSIONS, lastRoot, NAMESPACE } from "./crash.fixture.ts";
import { liveNodes } from "./live-nodes.fixture.ts";
import { openNodeDb } from "./table-node-db.ts";

const KILLS = 10;
/** The program is killed while it works on one of so many versions. */
const MAX_VERSIONS_A_RUN = 40;

/** Runs the program until it has printed `lines` versions, kills it, and gives the last version it printed. */
async function runAndKill(path: string, seed: number, lines: number): Promise<bigint> {
  const program = join(import.meta.dirname, "crash.fixture.ts");
  const child = spawn(process.execPath, [program, path, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("exit", (_, signal) => resolve(signal)),
  );
  let last = 0n;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = BigInt(line);
    if (++count === lines) child.kill("SIGKILL");
  }
  expect(await exited).toBe("SIGKILL");
  return last;
}

it("opens with its last finalized versions intact after the process was killed", async () => {
  const seed = Number(process.env.QANAT_CRASH_SEED ?? Date.now() % 1_000_000);
  console.log(`QANAT_CRASH_SEED=${seed}`);
  const path = mkdtempSync(join(tmpdir(), "qanat-crash-"));
  // The same changes on a tree that never crashes.
  const model = MkvsTree.empty();
  const hashes = new Map<bigint, string>();
  let modelVersion = 0n;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const lines = 1 + ((seed * 31 + kill * 7919) % MAX_VERSIONS_A_RUN);
      const printed = await runAndKill(path, seed, lines);
      const env = openEnvironment(path);
      const db = openNodeDb(env, NAMESPACE);
      const root = lastRoot(db);
      // What was announced is there; at most the version in work was finished as well.
      expect(root.version).toBeGreaterThanOrEqual(printed);
      while (modelVersion < root.version) {
        modelVersion++;
        model.applyWriteLog(changesOf(seed, modelVersion));
        model.commit(NAMESPACE, modelVersion);
        hashes.set(modelVersion, toHex(model.rootHash()));
      }
      const earliest = db.earliestVersion();
      expect(root.version - earliest).toBeLessThanOrEqual(KEPT_VERSIONS);
      for (let version = earliest; version <= root.version; version++) {
        const [stored] = db.rootsForVersion(version);
        expect(toHex(stored!.hash)).toBe(hashes.get(version));
        const rebuilt = MkvsTree.empty();
        for (const [key, value] of MkvsTree.open(db, stored!).seek(new Uint8Array(0)))
          rebuilt.insert(key, value);
        expect(toHex(rebuilt.rootHash())).toBe(hashes.get(version));
      }
      // A candidate that was committed but not finalized may be there too; nothing else.
      const versions = [...Array(Number(root.version - earliest) + 2).keys()].map(
        (i) => earliest + BigInt(i),
      );
      while (db.collectGarbage(1000));
      const nodes = env.table(tables.nodes, toHex(NAMESPACE)).count();
      expect(nodes).toBe(liveNodes(db, versions).size);
      await env.close();
    }
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}, 60_000);
