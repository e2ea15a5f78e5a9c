import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare, startsWith, toHex, utf8 } from "../../../src/codec/bytes.ts";
import { memoryEnvironment } from "../../../src/storage/environment/memory-environment.ts";
import { MkvsTree } from "../../../src/storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../../src/storage/node-db/table-node-db.ts";
import { syncGet } from "../../../src/storage/proof/sync-get.ts";
import { syncIterate } from "../../../src/storage/proof/sync-iterate.ts";
import { type Proof, ROOT_STATE, type Root } from "../../../src/types/storage.ts";
import { FetchedNodes } from "./fetched-nodes.ts";
import { State } from "./state.ts";
import { type FetchProof, StateTree } from "./state-tree.ts";

const namespace = new Uint8Array(32).fill(0x80, 0, 1);

type Entry = [key: Uint8Array, value: Uint8Array];

/** A host with a state that holds the entries. */
function hostWith(entries: readonly Entry[]) {
  const db = openNodeDb(memoryEnvironment(), namespace);
  const tree = MkvsTree.empty(ROOT_STATE, db);
  for (const [key, value] of entries) tree.insert(key, value);
  const { root } = tree.commit(namespace, 1n);
  let calls = 0;
  const fetch: FetchProof = async ({ SyncGet, SyncIterate }) => {
    calls++;
    if (SyncGet !== null) return syncGet(MkvsTree.open(db, SyncGet.tree.root), SyncGet).proof;
    return syncIterate(MkvsTree.open(db, SyncIterate!.tree.root), SyncIterate!).proof;
  };
  return { root, fetch, db, calls: () => calls };
}

function stateOn(nodes: FetchedNodes, root: Root, fetch: FetchProof) {
  const tree = new StateTree(nodes, root, fetch);
  return { tree, state: new State(tree) };
}

const key = fc.uint8Array({ maxLength: 4 });
const value = fc.uint8Array({ maxLength: 6 });
const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => toHex(k), maxLength: 40 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant("get" as const), key }),
  fc.record({ kind: fc.constant("insert" as const), key, value }),
  fc.record({ kind: fc.constant("remove" as const), key }),
  fc.record({ kind: fc.constant("prefix" as const), key }),
);

describe("State", () => {
  test("reads, writes and iterates as a plain map does, and commits to the root a whole tree has", async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(operation, { maxLength: 40 }), async (initial, operations) => {
        const { root, fetch } = hostWith(initial);
        const { tree, state } = stateOn(new FetchedNodes(), root, fetch);
        const model = new Map(initial.map(([k, v]) => [toHex(k), [k, v] as Entry]));
        for (const step of operations) {
          const id = toHex(step.key);
          if (step.kind === "get") {
            expect(await state.get(step.key)).toEqual(model.get(id)?.[1] ?? null);
          } else if (step.kind === "insert") {
            state.insert(step.key, step.value);
            model.set(id, [step.key, step.value]);
          } else if (step.kind === "remove") {
            state.remove(step.key);
            model.delete(id);
          } else {
            const found: Entry[] = [];
            for await (const entry of state.prefix(step.key)) found.push(entry);
            const expected = [...model.values()]
              .filter(([k]) => startsWith(k, step.key))
              .sort(([a], [b]) => compare(a, b));
            expect(found).toEqual(expected);
          }
        }
        const { root: after, writeLog } = await tree.commit(state.changes(), 2n);
        const whole = MkvsTree.empty(ROOT_STATE);
        for (const [k, v] of model.values()) whole.insert(k, v);
        expect(toHex(after.hash)).toBe(toHex(whole.rootHash()));
        const rebuilt = MkvsTree.empty(ROOT_STATE);
        for (const [k, v] of initial) rebuilt.insert(k, v);
        rebuilt.applyWriteLog(writeLog);
        expect(toHex(rebuilt.rootHash())).toBe(toHex(after.hash));
      }),
      {
        numRuns: 150,
        examples: [
          // Removing the first key pulls the fork of the others up; the second is not in the tree.
          [
            [
              [Uint8Array.of(), Uint8Array.of()],
              [Uint8Array.of(0), Uint8Array.of()],
              [Uint8Array.of(1), Uint8Array.of()],
            ],
            [
              { kind: "remove", key: Uint8Array.of() },
              { kind: "remove", key: Uint8Array.of(128) },
            ],
          ],
        ],
      },
    );
  });

  test("keeps what was fetched and what it made: the next round asks for nothing known", async () => {
    const { root, fetch, calls } = hostWith([
      [utf8("a"), utf8("1")],
      [utf8("b"), utf8("2")],
    ]);
    const nodes = new FetchedNodes();
    const first = stateOn(nodes, root, fetch);
    await first.state.get(utf8("a"));
    first.state.insert(utf8("c"), utf8("3"));
    const { root: next } = await first.tree.commit(first.state.changes(), 2n);
    const before = calls();
    const second = stateOn(nodes, next, fetch);
    expect(await second.state.get(utf8("c"))).toEqual(utf8("3"));
    expect(await second.state.get(utf8("a"))).toEqual(utf8("1"));
    expect(calls()).toBe(before);
    // The old round can still be read.
    expect(await stateOn(nodes, root, fetch).state.get(utf8("c"))).toBeNull();
  });

  test("drops nodes when there are too many, and fetches them again", async () => {
    const initial = Array.from({ length: 200 }, (_, i): Entry => [utf8(`key ${i}`), utf8("v")]);
    const { root, fetch, calls } = hostWith(initial);
    const nodes = new FetchedNodes(50);
    for (const [k] of initial) expect(await stateOn(nodes, root, fetch).state.get(k)).toEqual(utf8("v"));
    expect(nodes.size).toBeGreaterThan(50);
    nodes.trim();
    expect(nodes.size).toBe(0);
    const before = calls();
    expect(await stateOn(nodes, root, fetch).state.get(utf8("key 7"))).toEqual(utf8("v"));
    expect(calls()).toBeGreaterThan(before);
  });

  test("a child's writes are seen through it, and below it only once committed", async () => {
    const { root, fetch } = hostWith([[utf8("a"), utf8("1")]]);
    const { state } = stateOn(new FetchedNodes(), root, fetch);
    const child = state.child();
    child.remove(utf8("a"));
    expect(await child.get(utf8("a"))).toBeNull();
    expect(await state.get(utf8("a"))).toEqual(utf8("1"));
    child.commit();
    expect(await state.get(utf8("a"))).toBeNull();
  });
});

describe("a host that lies", () => {
  const initial = Array.from({ length: 30 }, (_, i): Entry => [utf8(`key ${i}`), utf8(`value ${i}`)]);

  test("no changed proof is ever believed", async () => {
    const { root, fetch } = hostWith(initial);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(29),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (i, entry, at, change) => {
          const lying: FetchProof = async (request) => tampered(await fetch(request), entry, at, change);
          const { state } = stateOn(new FetchedNodes(), root, lying);
          const got = await state.get(utf8(`key ${i}`)).catch(() => "refused");
          if (got !== "refused") expect(got).toEqual(utf8(`value ${i}`));
        },
      ),
    );
  });

  test("a proof without what was asked for is refused instead of asked for for ever", async () => {
    const { root, fetch } = hostWith(initial);
    let first: Proof | null = null;
    const stubborn: FetchProof = async (request) => {
      first ??= await fetch(request);
      return first;
    };
    const { state } = stateOn(new FetchedNodes(), root, stubborn);
    await state.get(utf8("key 1"));
    await expect(state.get(utf8("key 29"))).rejects.toMatchObject({ code: expect.stringMatching(/proof/) });
  });
});

function tampered(proof: Proof, entry: number, at: number, change: number): Proof {
  const list = proof.entries ?? [];
  const target = entry % list.length;
  return {
    ...proof,
    entries: list.map((bytes, i) => {
      if (i !== target || bytes === null || bytes.length === 0) return bytes;
      const copy = Uint8Array.from(bytes);
      copy[at % copy.length]! ^= change;
      return copy;
    }),
  };
}
