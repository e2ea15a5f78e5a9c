import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { concat, toHex, utf8 } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { type Metadata, ROOT_IO, ROOT_STATE, type Root } from "../../types/storage.ts";
import type { Environment } from "../environment/environment.ts";
import { openEnvironment } from "../environment/lmdb-environment.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { liveNodes } from "../node-db/live-nodes.fixture.ts";
import type { NodeDb } from "../node-db/node-db.ts";
import { pruneVersions } from "../node-db/prune-versions.ts";
import { openNodeDb } from "../node-db/table-node-db.ts";
import { emptyRoot } from "../root.ts";
import { tables } from "../tables.ts";
import { ChunkFile } from "./chunk-file.ts";
import type { ChunkedTree } from "./chunk-output.ts";
import { parallelChunks } from "./parallel-chunks.ts";
import { Restorer } from "./restorer.ts";
import { sequentialChunks } from "./sequential-chunks.ts";

const ns = new Uint8Array(32).fill(7, 8);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qanat-restore-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Made {
  readonly checkpoint: Metadata;
  readonly chunks: Uint8Array[];
}

/** A checkpoint of a tree with these entries. */
function make(
  entries: readonly (readonly [Uint8Array, Uint8Array])[],
  { version = 5n, type = ROOT_STATE, chunkSize = 300, threads = 0 } = {},
): Made {
  const tree = MkvsTree.empty(type);
  for (const [key, value] of entries) tree.insert(key, value);
  const { root } = tree.commit(ns, version);
  return cut({ source: tree.source, top: tree.top() }, root, chunkSize, threads);
}

function cut(tree: ChunkedTree, root: Root, chunkSize: number, threads: number): Made {
  const digests: Hash[] = [];
  const path = () => join(folder, `chunk ${digests.length}`);
  const chunks: Uint8Array[] = [];
  const open = () =>
    new ChunkFile(path(), (digest) => {
      chunks.push(new Uint8Array(readFileSync(path())));
      digests.push(digest);
    });
  const work =
    threads === 0 ? sequentialChunks(tree, chunkSize, open) : parallelChunks(tree, chunkSize, threads, open);
  for (const _ of work);
  return { checkpoint: { version: 1, root, chunks: digests }, chunks };
}

const numbered = (count: number, text = "value") =>
  Array.from({ length: count }, (_, i) => [utf8(`key ${i}`), utf8(`${text} ${i}`.repeat(i % 7))] as const);

function run<R>(work: Generator<void, R>): R {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

function contents(db: NodeDb, root: Root): Map<string, string> {
  return new Map([...MkvsTree.open(db, root).seek(new Uint8Array())].map(([k, v]) => [toHex(k), toHex(v)]));
}

function expected(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Map<string, string> {
  return new Map(
    [...entries].map(([k, v]) => [toHex(k), toHex(v)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const countNodes = (env: Environment) => env.table(tables.nodes, toHex(ns)).count();

it("restores a version, chunks in any order, and no node too many", () => {
  const entry = fc.tuple(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 30 }));
  const map = fc
    .array(entry, { maxLength: 60 })
    .map((list) => [...new Map(list.map((pair) => [toHex(pair[0]), pair])).values()]);
  const options = fc.record({
    chunkSize: fc.constantFrom(0, 60, 200, 5000),
    threads: fc.constantFrom(0, 1, 3, 12),
  });
  fc.assert(
    fc.property(map, options, fc.nat(), (entries, chosen, seed) => {
      const { checkpoint, chunks } = make(entries, chosen);
      const env = memoryEnvironment();
      const db = openNodeDb(env, ns);
      db.multipart.start(5n);
      const restorer = new Restorer(db);
      restorer.start(checkpoint);
      const order = [...chunks.keys()].sort(
        (a, b) => (((a + 1) * 7919 + seed) % 101) - (((b + 1) * 7919 + seed) % 101),
      );
      const done = order.map((index) => run(restorer.restoreChunk(index, chunks[index]!)));
      expect(done).toEqual(order.map((_, i) => i === order.length - 1));
      expect([restorer.current, restorer.missing]).toEqual([null, []]);
      db.finalize([checkpoint.root]);
      expect([db.multipart.version, db.latestVersion(), db.earliestVersion()]).toEqual([null, 5n, 5n]);
      expect(contents(db, checkpoint.root)).toEqual(expected(entries));
      expect(countNodes(env)).toBe(liveNodes(db, [5n]).size);
      const tree = MkvsTree.open(db, checkpoint.root);
      tree.insert(utf8("next"), utf8("block"));
      db.finalize([tree.commit(ns, 6n).root]);
      db.prune(5n);
      while (db.collectGarbage(10));
      expect(countNodes(env)).toBe(liveNodes(db, [6n]).size);
    }),
    { numRuns: 60 },
  );
});

it("goes on after a restart in the middle of a chunk", async () => {
  const entries = numbered(1500);
  const { checkpoint, chunks } = make(entries, { chunkSize: 20_000 });
  let env = openEnvironment(join(folder, "store"));
  let db = openNodeDb(env, ns);
  db.multipart.start(5n);
  new Restorer(db).start(checkpoint);
  for (let index = 0; index < chunks.length; index++) {
    const before = new Restorer(db);
    expect(before.current).toEqual(checkpoint);
    expect(before.missing).toEqual([...chunks.keys()].slice(index));
    const half = before.restoreChunk(index, chunks[index]!);
    const nodes = countNodes(env);
    while (countNodes(env) === nodes) expect(half.next().done).toBe(false);
    await env.close();
    env = openEnvironment(join(folder, "store"));
    db = openNodeDb(env, ns);
    expect(run(new Restorer(db).restoreChunk(index, chunks[index]!))).toBe(index === chunks.length - 1);
  }
  db.finalize([checkpoint.root]);
  expect(contents(db, checkpoint.root)).toEqual(expected(entries));
  expect(countNodes(env)).toBe(liveNodes(db, [5n]).size);
  await env.close();
});

it("goes on after a restart between the last chunk and the end", async () => {
  const entries = numbered(200);
  const { checkpoint, chunks } = make(entries);
  const other = make(numbered(50));
  let env = openEnvironment(join(folder, "complete"));
  let db = openNodeDb(env, ns);
  db.multipart.start(5n);
  const before = new Restorer(db);
  before.start(checkpoint);
  for (const [index, chunk] of chunks.entries()) run(before.restoreChunk(index, chunk));
  await env.close();
  env = openEnvironment(join(folder, "complete"));
  db = openNodeDb(env, ns);
  const after = new Restorer(db);
  expect(() => after.start(other.checkpoint)).toThrow(code(3));
  after.start(checkpoint);
  expect([after.current, after.missing]).toEqual([null, []]);
  db.finalize([checkpoint.root]);
  expect(contents(db, checkpoint.root)).toEqual(expected(entries));
  await env.close();
});

it("restores state and I/O of a round over an older state, which then can be pruned", () => {
  const env = memoryEnvironment();
  const db = openNodeDb(env, ns);
  const old = MkvsTree.empty(ROOT_STATE, db);
  for (const [key, value] of numbered(2500, "old")) old.insert(key, value);
  const first = old.commit(ns, 1n).root;
  db.finalize([first]);
  old.insert(utf8("candidate"), utf8("dropped"));
  const candidate = old.commit(ns, 2n).root;

  db.multipart.start(5n);
  expect(db.hasRoot(candidate)).toBe(false);
  const restorer = new Restorer(db);
  const roots: Root[] = [];
  for (const made of [make(numbered(300)), make(numbered(10), { type: ROOT_IO, threads: 12 })]) {
    restorer.start(made.checkpoint);
    for (const [index, chunk] of made.chunks.entries()) run(restorer.restoreChunk(index, chunk));
    roots.push(made.checkpoint.root);
  }
  db.finalize(roots);
  expect([db.earliestVersion(), db.latestVersion()]).toEqual([1n, 5n]);
  expect(contents(db, first).size).toBe(2500);
  // The old tree is larger than what one step deletes.
  const steps: number[] = [];
  while (pruneVersions(db, 5n, 1)) steps.push(countNodes(env));
  expect(steps.length).toBeGreaterThan(40);
  expect(steps).toEqual([...steps].sort((a, b) => b - a));
  expect(db.earliestVersion()).toBe(5n);
  expect(countNodes(env)).toBe(liveNodes(db, [5n]).size);
});

it("restores the empty tree", () => {
  const db = openNodeDb(memoryEnvironment(), ns);
  const root = emptyRoot(ns, 5n, ROOT_IO);
  const { checkpoint, chunks } = cut({ source: db, top: null }, root, 100, 0);
  db.multipart.start(5n);
  const restorer = new Restorer(db);
  restorer.start(checkpoint);
  expect(run(restorer.restoreChunk(0, chunks[0]!))).toBe(true);
  db.finalize([root]);
  expect(db.latestVersion()).toBe(5n);
});

const code = (wireCode: number, module = "storage/mkvs/checkpoint") =>
  expect.objectContaining({ module, wireCode });

it("refuses what is not wanted, and takes a good copy after a bad one", () => {
  const db = openNodeDb(memoryEnvironment(), ns);
  const { checkpoint, chunks } = make(numbered(100));
  const other = make(numbered(50));
  const restorer = new Restorer(db);
  expect(() => restorer.start(checkpoint)).toThrow(code(14, "storage/mkvs/db"));
  db.multipart.start(5n);
  expect(() => run(restorer.restoreChunk(0, chunks[0]!))).toThrow(code(4));
  restorer.start(checkpoint);
  restorer.start(checkpoint);
  expect(() => restorer.start(other.checkpoint)).toThrow(code(3));
  expect(() => run(restorer.restoreChunk(0, chunks[1]!))).toThrow(code(7));
  expect(run(restorer.restoreChunk(0, chunks[0]!))).toBe(false);
  expect(() => run(restorer.restoreChunk(0, chunks[0]!))).toThrow(code(5));
  expect(() => run(restorer.restoreChunk(99, chunks[0]!))).toThrow(code(5));
  for (const broken of [
    { ...checkpoint, version: 2 },
    { ...checkpoint, chunks: [] },
    { ...checkpoint, root: { ...checkpoint.root, root_type: 0 } },
  ]) {
    expect(() => restorer.start(broken)).toThrow("not a checkpoint");
  }
  restorer.abort();
  restorer.start(other.checkpoint);
  for (const [index, chunk] of other.chunks.entries()) run(restorer.restoreChunk(index, chunk));
  expect(() => restorer.start(checkpoint)).toThrow(code(3));
  db.finalize([other.checkpoint.root]);
  expect(contents(db, other.checkpoint.root).size).toBe(50);
});

it.each<[string, (made: Made) => Made]>([
  ["a chunk that is no compressed stream", ({ checkpoint }) => replaceFirst(checkpoint, utf8("nonsense"))],
  ["a chunk that proves nothing", ({ checkpoint }) => replaceFirst(checkpoint, make(numbered(3)).chunks[0]!)],
  [
    "a chunk with more behind it",
    ({ checkpoint, chunks }) => replaceFirst(checkpoint, concat(chunks[0]!, chunks[0]!)),
  ],
  [
    "a chunk missing",
    ({ checkpoint, chunks }) => ({
      checkpoint: { ...checkpoint, chunks: checkpoint.chunks!.slice(1) },
      chunks: chunks.slice(1),
    }),
  ],
])("aborts a checkpoint with %s and leaves nothing of it", (_, falsify) => {
  const env = memoryEnvironment();
  const db = openNodeDb(env, ns);
  const { checkpoint, chunks } = falsify(make(numbered(100)));
  db.multipart.start(5n);
  const restorer = new Restorer(db);
  restorer.start(checkpoint);
  const all = () => {
    for (const [index, chunk] of [...chunks.entries()].reverse()) run(restorer.restoreChunk(index, chunk));
  };
  expect(all).toThrow(code(6));
  expect(restorer.current).toBeNull();
  expect(db.hasRoot(checkpoint.root)).toBe(false);
  while (db.collectGarbage(10));
  expect(countNodes(env)).toBe(0);
});

function replaceFirst(checkpoint: Metadata, chunk: Uint8Array): Made {
  return { checkpoint: { ...checkpoint, chunks: [sha512_256(chunk)] }, chunks: [chunk] };
}

it("keeps everything else from a database that is being restored", () => {
  const db = openNodeDb(memoryEnvironment(), ns);
  const tree = MkvsTree.empty(ROOT_STATE, db);
  tree.insert(utf8("a"), utf8("b"));
  const first = tree.commit(ns, 1n).root;
  db.finalize([first]);
  tree.insert(utf8("c"), utf8("d"));
  const second = tree.commit(ns, 2n).root;
  db.finalize([second]);
  const dbCode = (wireCode: number) => code(wireCode, "storage/mkvs/db");
  expect(() => db.multipart.start(0n)).toThrow(dbCode(14));
  expect(() => db.multipart.start(2n)).toThrow(dbCode(4));
  db.multipart.start(5n);
  db.multipart.start(5n);
  expect(() => db.multipart.start(6n)).toThrow(dbCode(13));
  const { checkpoint, chunks } = make(numbered(20), { chunkSize: 1 << 20 });
  expect(() => db.multipart.begin({ ...checkpoint, root: { ...checkpoint.root, version: 6n } })).toThrow(
    dbCode(14),
  );
  expect(() =>
    db.multipart.begin({ ...checkpoint, root: { ...checkpoint.root, ns: new Uint8Array(32) } }),
  ).toThrow(dbCode(10));
  const next = MkvsTree.open(db, second);
  next.insert(utf8("e"), utf8("f"));
  expect(() => next.commit(ns, 3n)).toThrow(dbCode(14));
  expect(() => MkvsTree.empty(ROOT_STATE, db).commit(ns, 5n)).toThrow(dbCode(13));
  expect(() => db.finalize([{ ...second, version: 3n }])).toThrow(dbCode(14));
  expect(() => db.finalize([checkpoint.root])).toThrow(dbCode(8));
  expect(() => db.prune(1n)).toThrow(dbCode(13));
  const restorer = new Restorer(db);
  restorer.start(checkpoint);
  run(restorer.restoreChunk(0, chunks[0]!));
  db.multipart.abort();
  db.multipart.abort();
  expect([db.multipart.version, db.hasRoot(checkpoint.root), db.latestVersion()]).toEqual([null, false, 2n]);
  db.finalize([next.commit(ns, 3n).root]);
  db.prune(1n);
});
