import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { toHex, utf8 } from "../../codec/bytes.ts";
import { hashOf, sha512_256 } from "../../crypto/hash.ts";
import { Metadata, ROOT_IO, ROOT_STATE, type Root } from "../../types/storage.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import type { NodeDb } from "../node-db/node-db.ts";
import { openNodeDb } from "../node-db/table-node-db.ts";
import { emptyRoot } from "../root.ts";
import { CheckpointFiles } from "./checkpoint-files.ts";
import { createCheckpoint } from "./create-checkpoint.ts";

const ns = new Uint8Array(32);
const never = new AbortController().signal;

let folder: string;
let db: NodeDb;
let files: CheckpointFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qanat-checkpoint-"));
  db = openNodeDb(memoryEnvironment(), ns);
  files = new CheckpointFiles(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

function commit(entries: Iterable<[string, Uint8Array]>, version = 1n): Root {
  const tree = MkvsTree.empty(ROOT_STATE, db);
  for (const [key, value] of entries) tree.insert(utf8(key), value);
  return tree.commit(ns, version).root;
}

const create = (root: Root, chunkSize: number, threads: number, signal = never) =>
  createCheckpoint(root, { chunkSize, threads }, { db, files, clock: new FakeClock() }, signal);

const large = () =>
  commit(Array.from({ length: 200 }, (_, i) => [`key ${i}`, new Uint8Array(i).fill(i)] as const));
const three = () =>
  commit(
    [
      ["foo", utf8("bar")],
      ["moo", utf8("hello")],
      ["fo", utf8("")],
    ],
    0n,
  );

describe("a checkpoint is the network's own (facts/formats.md 6.7)", () => {
  // The first three are the sheet's; the others are what the official node makes of the same tree.
  it.each<[chunkSize: number, threads: number, count: number, id: string]>([
    [4096, 0, 6, "57d2732a44add17b468fc584c648ac9709c7b84a49bf8d291d031ba5fa3d3592"],
    [4096, 1, 6, "57d2732a44add17b468fc584c648ac9709c7b84a49bf8d291d031ba5fa3d3592"],
    [4096, 12, 24, "3f5fc25b6716a513fe1f5567d2c94b5b1946d2a46a13da4058e0823f89946690"],
    [1000, 0, 25, "f8c15ea184b2f1e5ec4291a7e4116aec5cea2f12c90c8ebe3153c2d33eaaaaa5"],
    [1000, 2, 28, "93be9636b31db20bbd064b80f5e2465850aba837ed20f51268503d09f2a9dbf1"],
    [4096, 5, 10, "3adc66676c6fde219582bea77560dd7ec36f29b56f51a5f01a743d6ed684bef9"],
  ])("in chunks of %i bytes with %i threads", async (chunkSize, threads, count, id) => {
    const root = large();
    expect(toHex(root.hash)).toBe("381dab05964698a72cc137c148740fbedd6ee214e9cee7762e14db28cae61984");
    const checkpoint = await create(root, chunkSize, threads);
    expect(checkpoint.chunks).toHaveLength(count);
    expect(toHex(hashOf(Metadata, checkpoint))).toBe(id);
    if (chunkSize !== 4096 || threads > 1) return;
    expect(checkpoint.chunks?.slice(0, 2).map(toHex)).toEqual([
      "85f3dee6788d5910ad2970aeba18b265c3a67ba0c3eedfe9615834120bafeaf6",
      "86ad5d9a751e6850e128ac609f994b737ceac0626604632d5ef776772f1a321a",
    ]);
  });

  it("of three keys, byte for byte, in the official node's files", async () => {
    const root = three();
    const checkpoint = await create(root, 1 << 20, 0);
    expect(toHex(hashOf(Metadata, checkpoint))).toBe(
      "d7260ff0fe200c18cddfe1182744519b7d29cccc52199ce1037319e27e60a3b2",
    );
    const path = join(folder, "0", toHex(root.hash));
    expect(readdirSync(path).sort()).toEqual(["chunks", "meta"]);
    const chunk = readFileSync(join(path, "chunks", "0"));
    expect(chunk.toString("hex")).toBe(
      "ff060000734e61507059013c000014abdfbc460101040060024f01010c0066f0000200666f000000004e01000300666f6f03000000626172f650010003006d6f6f0500000068656c6c6f",
    );
    expect(toHex(checkpoint.chunks![0]!)).toBe(
      "4e92665964a957336645d5c46a00516af2cef561a69aa96535d9a237da82e6ad",
    );
  });

  it.each([0, 1, 12])("of the empty tree, with %i threads: one chunk that says so", async (threads) => {
    const checkpoint = await create(emptyRoot(ns, 5n, ROOT_IO), 4096, threads);
    expect(checkpoint.chunks).toHaveLength(1);
    const chunk = await files.readChunk({ ...checkpoint, index: 0n, digest: checkpoint.chunks![0]! });
    expect(toHex(chunk.slice(-1))).toBe("f6");
  });
});

it("is listed, found, read and removed", async () => {
  const [first, second] = [large(), commit([["a", utf8("b")]], 20n)];
  await create(second, 4096, 0);
  const checkpoint = await create(first, 4096, 0);
  expect(files.list().map(({ root }) => root.version)).toEqual([1n, 20n]);
  expect(files.find(first)).toEqual(checkpoint);
  for (const [index, digest] of checkpoint.chunks!.entries()) {
    const chunk = await files.readChunk({ version: 1, root: first, index: BigInt(index), digest });
    expect(sha512_256(chunk)).toEqual(digest);
  }
  const beyond = { version: 1, root: first, index: 6n, digest: ns };
  await expect(files.readChunk(beyond)).rejects.toMatchObject({ code: "storage/mkvs/checkpoint/2" });
  await expect(files.readChunk({ ...beyond, version: 2 })).rejects.toMatchObject({ wireCode: 2 });
  files.remove(first);
  files.remove(first);
  expect(files.find(first)).toBeNull();
  expect(readdirSync(folder)).toEqual(["20"]);
});

it("is not made again, and not half", async () => {
  const root = large();
  const meta = join(folder, "1", toHex(root.hash), "meta");
  const made = await create(root, 4096, 0);
  expect(await create(root, 1, 12)).toEqual(made);

  writeFileSync(meta, "damaged");
  expect(() => files.list()).toThrow("cannot be read");
  rmSync(meta);
  expect(files.list()).toEqual([]);
  files.removeIncomplete();
  expect(readdirSync(folder)).toEqual([]);

  const controller = new AbortController();
  const clock = new FakeClock();
  const slow = { now: () => clock.now() * Math.random(), schedule: clock.schedule };
  const making = createCheckpoint(
    root,
    { chunkSize: 4096, threads: 0 },
    { db, files, clock: slow },
    controller.signal,
  );
  controller.abort(new Error("stopping"));
  await expect(making).rejects.toThrow("stopping");
  expect(readdirSync(folder)).toEqual([]);
  await expect(create({ ...root, version: 2n }, 4096, 0)).rejects.toMatchObject({ wireCode: 8 });
  expect(readdirSync(folder)).toEqual([]);
});
