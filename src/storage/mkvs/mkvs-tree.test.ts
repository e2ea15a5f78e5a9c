import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { ROOT_IO, ROOT_STATE } from "../../types/storage.ts";
import { keyId, keyOfId } from "../key-id.ts";
import { MkvsTree } from "./mkvs-tree.ts";
import { Internal } from "./node.ts";

const ns = new Uint8Array(32);
const EMPTY_ROOT = "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a";

function treeOf(entries: Record<string, string>): MkvsTree {
  const tree = MkvsTree.empty();
  for (const [k, v] of Object.entries(entries)) tree.insert(utf8(k), utf8(v));
  return tree;
}

describe("root hashes", () => {
  it.each([
    ["no entries", {}, EMPTY_ROOT],
    ["one leaf", { foo: "bar" }, "db67c0572006673b488342a45e6590a75e8919265e6da706c80c6b2776017aa7"],
    [
      "one fork",
      { foo: "bar", moo: "hello" },
      "29bb81fc730ae33baea20917d7cffb937651bf9b6df5098e59864485c32d6453",
    ],
    [
      "a key that is a prefix, with an empty value",
      { foo: "bar", moo: "hello", fo: "" },
      "5ce51671d0342f5fa297cbec0a7bf9b4e97a8d2ff3faa23021fd74af3df31eff",
    ],
  ])("%s (facts/formats.md 6.1)", (_, entries: Record<string, string>, root) => {
    expect(toHex(treeOf(entries).rootHash())).toBe(root);
  });

  it("hashes the children of the known tree", () => {
    const tree = treeOf({ foo: "bar", moo: "hello", fo: "" });
    const top = tree.top()!.node as Internal;
    expect([top.labelBits, toHex(top.label), top.leaf]).toEqual([4, "60", null]);
    expect(toHex(top.left!.hash!)).toBe("50fd1db392ae39a7902ea4d6c853d501b788888ec13bb095aaa85de47068af05");
    expect(toHex(top.right!.hash!)).toBe("5d7fc066d1eb3281e7995bd9cf3525e6ad59a90eccb9bc2b108889a2bb16f326");
  });

  it("of the known I/O tree (facts/formats.md 8.1)", () => {
    const tree = MkvsTree.empty(ROOT_IO);
    const hashes = ["in0", "in1"].map((input) => sha512_256(utf8(input)));
    const inputKey = (hash: Uint8Array) => concat(utf8("T"), hash, Uint8Array.of(1));
    tree.insert(inputKey(hashes[0]!), fromHex("8243696e3000"));
    tree.insert(inputKey(hashes[1]!), fromHex("8243696e3101"));
    expect(toHex(tree.rootHash())).toBe("f281d5fc4dfc651330e892077c88ac0f1d8eafa3f69534d895df9a6f61ea5006");
    tree.remove(inputKey(hashes[1]!));
    tree.insert(concat(utf8("T"), hashes[0]!, Uint8Array.of(2)), fromHex("81446f757430"));
    tree.insert(concat(utf8("Etag"), hashes[0]!), utf8("val"));
    expect(toHex(tree.rootHash())).toBe("9e90c8dcd7a8d7755c11f2c4c6a964e56f14d7250620228ad7766158df2fcc40");
  });
});

const key = fc
  .array(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff), { maxLength: 4 })
  .map((values) => Uint8Array.from(values));
const value = fc.uint8Array({ maxLength: 3 });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("insert" as const), key, value }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("remove" as const), key }) },
  fc.record({ op: fc.constant("seek" as const), key }),
  fc.constantFrom({ op: "commit" as const }, { op: "hash" as const }),
);

describe("random operations", () => {
  it("leave the tree as a plain map would be, with the root of a tree built from scratch", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const model = new Map<string, Uint8Array>();
        const sorted = (from = "") =>
          [...model].filter(([k]) => k >= from).sort(([a], [b]) => (a < b ? -1 : 1));
        const tree = MkvsTree.empty();
        let committed = new Map(model);
        let version = 0n;
        for (const step of operations) {
          switch (step.op) {
            case "insert":
              tree.insert(step.key, step.value);
              model.set(keyId(step.key), step.value);
              break;
            case "remove":
              tree.remove(step.key);
              model.delete(keyId(step.key));
              break;
            case "seek":
              expect([...tree.seek(step.key)].map(([k, v]) => [keyId(k), v])).toEqual(
                sorted(keyId(step.key)),
              );
              break;
            case "hash":
              tree.rootHash();
              break;
            case "commit": {
              const { writeLog, root } = tree.commit(ns, version++);
              expect(root.root_type).toBe(ROOT_STATE);
              for (const [k, v] of writeLog) {
                if (v === null) expect(committed.delete(keyId(k))).toBe(true);
                else committed.set(keyId(k), v);
              }
              expect(new Map([...committed].sort())).toEqual(new Map([...model].sort()));
              committed = new Map(model);
              break;
            }
          }
        }
        for (const [k, v] of model) expect(tree.get(keyOfId(k))).toEqual(v);
        expect([...tree.seek(new Uint8Array())].map(([k, v]) => [keyId(k), v])).toEqual(sorted());
        const fresh = MkvsTree.empty();
        for (const [k, v] of sorted().reverse()) fresh.insert(keyOfId(k), v);
        expect(toHex(tree.rootHash())).toBe(toHex(fresh.rootHash()));
        expectCanonical(tree);
      }),
      { numRuns: 400 },
    );
  });

  it("give the same root in any order", () => {
    const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => keyId(k), maxLength: 30 });
    fc.assert(
      fc.property(
        entries.chain((e) => fc.tuple(fc.constant(e), fc.shuffledSubarray(e, { minLength: e.length }))),
        ([first, second]) => {
          const [a, b] = [first, second].map((list) => {
            const tree = MkvsTree.empty();
            for (const [k, v] of list) tree.insert(k, v);
            return toHex(tree.rootHash());
          });
          expect(a).toBe(b);
        },
      ),
    );
  });
});

describe("tree", () => {
  it("iterates over what is there when a key is reached", () => {
    const tree = MkvsTree.empty();
    for (let i = 0; i < 10; i++) tree.insert(Uint8Array.of(i), Uint8Array.of(i));
    const seen: number[] = [];
    for (const [k] of tree.seek(Uint8Array.of(2))) {
      seen.push(k[0]!);
      tree.remove(k);
      if (k[0] === 4) tree.remove(Uint8Array.of(5));
      if (k[0] === 9) tree.insert(Uint8Array.of(11), k);
    }
    expect(seen).toEqual([2, 3, 4, 6, 7, 8, 9, 11]);
    expect([...tree.prefix(new Uint8Array())].map(([k]) => k[0])).toEqual([0, 1]);
  });

  it("takes the longest key and a very deep tree, and refuses longer keys", () => {
    const tree = MkvsTree.empty();
    const long = new Uint8Array(8191);
    const lengths = [...Array(1500).keys(), 8191];
    for (const length of lengths) tree.insert(long.subarray(0, length), Uint8Array.of(1));
    tree.commit(ns, 0n);
    expect([...tree.seek(new Uint8Array())].length).toBe(1501);
    for (const length of lengths.slice(1)) tree.remove(long.subarray(0, length));
    const single = MkvsTree.empty();
    single.insert(new Uint8Array(), Uint8Array.of(1));
    expect(tree.rootHash()).toEqual(single.rootHash());
    expect(() => tree.insert(new Uint8Array(8192), new Uint8Array())).toThrow("at most 8191 bytes");
  });

  it("refuses to commit as a root that it is not", () => {
    const tree = treeOf({ foo: "bar" });
    const known = { ns, version: 1n, root_type: ROOT_STATE, hash: fromHex(EMPTY_ROOT) };
    expect(() => tree.commitKnown(known)).toThrow(
      expect.objectContaining({ module: "storage", wireCode: 3 }),
    );
    expect(tree.isDirty).toBe(true);
    expect(tree.commitKnown({ ...known, hash: tree.rootHash() }).writeLog).toEqual([
      [utf8("foo"), utf8("bar")],
    ]);
    tree.applyWriteLog([[utf8("foo"), null]]);
    expect(toHex(tree.rootHash())).toBe(EMPTY_ROOT);
  });
});

/** Every fork has at least two children, and only the top may have a label without bits. */
function expectCanonical(tree: MkvsTree): void {
  const top = tree.top();
  const open = top === null ? [] : [top];
  while (open.length > 0) {
    const ref = open.pop()!;
    if (!(ref.node instanceof Internal)) continue;
    const { leaf, left, right, labelBits } = ref.node;
    const present = [leaf, left, right].filter((child) => child !== null);
    expect(present.length).toBeGreaterThanOrEqual(2);
    if (ref !== top) expect(labelBits).toBeGreaterThan(0);
    open.push(...present);
  }
}
