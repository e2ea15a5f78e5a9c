/**
 * Costs of the tree and of its database: `bin/run-node bench/mkvs.ts [chain]`.
 *
 * The first part builds trees of random entries; the second makes the changes of a recorded chain block by block.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fromBase64, toHex } from "../src/codec/bytes.ts";
import { openEnvironment } from "../src/storage/environment/lmdb-environment.ts";
import { MkvsTree } from "../src/storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../src/storage/node-db/table-node-db.ts";
import { syncGet } from "../src/storage/proof/sync-get.ts";
import { verifyProof } from "../src/storage/proof/verify-proof.ts";
import { sharedPath } from "../test/shared.ts";

const ENTRIES = 100_000;
const ns = new Uint8Array(32);

/** Prints wall time and processor time: the machine may be busy with other things. */
function measure(what: string, count: number, body: () => void): void {
  const cpu = process.cpuUsage();
  const start = performance.now();
  body();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const each = (us: number) => `${(us / count).toFixed(2).padStart(9)} µs`;
  console.log(
    `${what.padEnd(42)} ${each(ms * 1000)} each, processor ${each(user + system)}, all ${ms.toFixed(0)} ms`,
  );
}

function temporary<T>(body: (path: string) => T): T {
  const path = mkdtempSync(join(tmpdir(), "qanat-bench-"));
  try {
    return body(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const keys = Array.from({ length: ENTRIES }, () => new Uint8Array(randomBytes(33)));
const value = new Uint8Array(80);
{
  console.log(`tree of ${ENTRIES} entries in memory`);
  const tree = MkvsTree.empty();
  measure("insert", ENTRIES, () => {
    for (const key of keys) tree.insert(key, value);
  });
  measure("hash, for each of 2 nodes an entry", 2 * ENTRIES, () => void tree.rootHash());
  const { root } = tree.commit(ns, 1n);
  measure("get", ENTRIES, () => {
    for (const key of keys) tree.get(key);
  });
  measure("iterate", ENTRIES, () => {
    for (const _ of tree.seek(new Uint8Array(0)));
  });
  measure("proof of a key made and verified", 1000, () => {
    for (const key of keys.slice(0, 1000)) {
      const id = { root, position: root.hash };
      verifyProof(
        root.hash,
        syncGet(tree, { tree: id, key, include_siblings: false, proof_version: 0 }).proof,
      );
    }
  });
}

await temporary(async (path) => {
  console.log(`tree of ${ENTRIES} entries in the database`);
  const env = openEnvironment(path);
  const db = openNodeDb(env, ns);
  const tree = MkvsTree.empty(undefined, db);
  measure("insert, hash, store, for each entry", ENTRIES, () => {
    for (const key of keys) tree.insert(key, value);
    db.finalize([tree.commit(ns, 1n).root]);
  });
  const root = tree.root!;
  const cold = MkvsTree.open(openNodeDb(env, ns, { cacheBytes: 1 << 20 }), root);
  measure("get, cache of 1 MiB", ENTRIES, () => {
    for (const key of keys) cold.get(key);
  });
  const changes = 100;
  measure(`version with ${changes} changed entries`, 100, () => {
    for (let version = 2n; version <= 101n; version++) {
      for (let i = 0; i < changes; i++)
        tree.insert(keys[(Number(version) * 7919 + i * 104729) % ENTRIES]!, ns);
      tree.insert(keys[0]!, new Uint8Array([Number(version)]));
      db.finalize([tree.commit(ns, version).root]);
    }
  });
  measure("prune of such a version", 90, () => {
    for (let version = 1n; version <= 90n; version++) db.prune(version);
    while (db.collectGarbage(10_000));
  });
  await env.close();
});

interface Block {
  readonly height: number;
  readonly root: string;
  readonly writes: [Uint8Array, Uint8Array | null][];
}

const name = process.argv[2] ?? "txsource-multi-short";
const blocks: Block[] = gunzipSync(readFileSync(sharedPath("chains", `${name}.jsonl.gz`)))
  .toString()
  .trim()
  .split("\n")
  .map((line) => {
    const { height, state_root, writes } = JSON.parse(line);
    return {
      height,
      root: state_root,
      writes: (writes ?? []).map((w: { k: string; v: string | null }) => [
        fromBase64(w.k),
        w.v === null ? null : fromBase64(w.v),
      ]),
    };
  });

function replay(tree: MkvsTree, commit: (height: bigint) => void): void {
  for (const { height, root, writes } of blocks) {
    tree.applyWriteLog(writes);
    commit(BigInt(height));
    if (toHex(tree.rootHash()) !== root) throw new Error(`another root at height ${height}`);
  }
}

console.log(`state changes of ${blocks.length} blocks of ${name}`);
{
  const tree = MkvsTree.empty();
  measure("in memory, for each block", blocks.length, () =>
    replay(tree, (height) => tree.commit(ns, height)),
  );
}
await temporary(async (path) => {
  const env = openEnvironment(path);
  const db = openNodeDb(env, ns, { discardWriteLogs: true });
  const tree = MkvsTree.empty(undefined, db);
  const store = (height: bigint) => env.transaction(() => db.finalize([tree.commit(ns, height).root]));
  measure("in the database, for each block", blocks.length, () => replay(tree, store));
  console.log(`database ${(env.size() / 1e6).toFixed(1)} MB`);
  await env.close();
});
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
