import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { fromBase64, toHex, utf8 } from "../../codec/bytes.ts";
import type { Proof, ProofResponse, Root } from "../../types/storage.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { keyId } from "../key-id.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import type { NodeDb } from "../node-db/node-db.ts";
import { openNodeDb } from "../node-db/table-node-db.ts";
import { emptyRoot } from "../root.ts";
import { type ReadSyncer, RemoteTree } from "./remote-tree.ts";
import { syncGet } from "./sync-get.ts";
import { syncGetPrefixes } from "./sync-get-prefixes.ts";
import { syncIterate } from "./sync-iterate.ts";

const ns = new Uint8Array(32);

/** Answers from a node database, as a ParaTime's node does; `version` overrides the version of the proofs. */
function syncerOf(db: NodeDb, version?: number): ReadSyncer & { requests: number } {
  const asked = <R extends { tree: { root: Root }; proof_version: number }>(
    answer: (tree: MkvsTree, request: R) => ProofResponse,
  ) => {
    return async (request: R) => {
      syncer.requests++;
      const tree = MkvsTree.open(db, request.tree.root);
      return answer(tree, { ...request, proof_version: version ?? request.proof_version });
    };
  };
  const syncer = {
    requests: 0,
    syncGet: asked(syncGet),
    syncGetPrefixes: asked(syncGetPrefixes),
    syncIterate: asked(syncIterate),
  };
  return syncer;
}

/** The first entry at or after a key. */
async function firstFrom(tree: RemoteTree, key: Uint8Array): Promise<[string, string] | null> {
  for await (const [k, v] of tree.seek(key)) return [keyId(k), keyId(v)];
  return null;
}

interface VectorStep {
  op: "Insert" | "Remove" | "Get" | "IteratorSeek";
  key?: string;
  value?: string;
  expected_key?: string;
}

describe("vectors/mkvs", () => {
  const files = readdirSync(sharedPath("vectors", "mkvs")).sort();
  it("has its six cases", () => expect(files).toHaveLength(6));

  it.each(files)("%s, on a local tree and on one that is synced by proofs", async (file) => {
    const steps = JSON.parse(readFileSync(sharedPath("vectors", "mkvs", file), "utf8")) as VectorStep[];
    const db = openNodeDb(memoryEnvironment(), ns);
    let root: Root = emptyRoot(ns, 0n, 1);
    for (const step of steps) {
      const key = fromBase64(step.key ?? "");
      const value = fromBase64(step.value ?? "");
      const local = MkvsTree.open(db, root);
      const remote = new RemoteTree(root, syncerOf(db));
      switch (step.op) {
        case "Insert":
          local.insert(key, value);
          await remote.insert(key, value);
          break;
        case "Remove":
          local.remove(key);
          await remote.remove(key);
          expect([local.get(key), await remote.get(key)]).toEqual([null, null]);
          break;
        case "Get":
          expect([local.get(key), await remote.get(key)]).toEqual([value, value]);
          continue;
        case "IteratorSeek": {
          const expected = [keyId(fromBase64(step.expected_key!)), keyId(value)];
          const [found] = local.seek(key);
          expect(found?.map(keyId)).toEqual(expected);
          expect(await firstFrom(remote, key)).toEqual(expected);
          continue;
        }
        default:
          throw new Error(`unknown operation ${step.op}`);
      }
      const version = root.version + 1n;
      const synced = remote.commit(ns, version);
      root = local.commit(ns, version).root;
      expect(synced.root).toEqual(root);
    }
  });
});

const bytes = fc
  .array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength: 3 })
  .map((values) => Uint8Array.from(values));
const operation = fc.record({
  op: fc.constantFrom("insert", "remove", "get", "seek", "prefixes"),
  key: bytes,
  value: fc.uint8Array({ maxLength: 2 }),
});

describe("remote tree", () => {
  it("does what a local tree does, with proofs of either version", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(bytes, fc.uint8Array({ maxLength: 2 })), { maxLength: 15 }),
        fc.array(operation, { maxLength: 15 }),
        fc.constantFrom(0, 1),
        async (entries, operations, version) => {
          const db = openNodeDb(memoryEnvironment(), ns);
          const base = MkvsTree.empty(1, db);
          for (const [k, v] of entries) base.insert(k, v);
          const { root } = base.commit(ns, 1n);
          const local = MkvsTree.open(db, root);
          const remote = new RemoteTree(root, syncerOf(db, version));
          for (const { op, key, value } of operations) {
            if (op === "insert") {
              local.insert(key, value);
              await remote.insert(key, value);
            } else if (op === "remove") {
              local.remove(key);
              await remote.remove(key);
            } else if (op === "get") {
              expect(await remote.get(key)).toEqual(local.get(key));
            } else if (op === "prefixes") {
              await remote.prefetchPrefixes([key], 3);
            } else {
              const found: string[] = [];
              for await (const [k] of remote.prefix(key, 2)) found.push(keyId(k));
              expect(found).toEqual([...local.prefix(key)].map(([k]) => keyId(k)));
            }
          }
          const [a, b] = [local.commit(ns, 2n), remote.commit(ns, 2n)];
          expect(toHex(b.root.hash)).toBe(toHex(a.root.hash));
          const sorted = (log: typeof a.writeLog) => log.map(([k, v]) => [keyId(k), v]).sort();
          expect(sorted(b.writeLog)).toEqual(sorted(a.writeLog));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("finds entries behind many that were removed here", async () => {
    const db = openNodeDb(memoryEnvironment(), ns);
    const tree = MkvsTree.empty(1, db);
    for (let i = 0; i < 64; i++) tree.insert(Uint8Array.of(i, i), Uint8Array.of(i));
    const { root } = tree.commit(ns, 1n);
    const remote = new RemoteTree(root, syncerOf(db));
    for (let i = 0; i < 31; i++) await remote.remove(Uint8Array.of(i, i));
    const found: number[] = [];
    for await (const [k] of remote.seek(new Uint8Array(0), 1)) found.push(k[0]!);
    expect(found).toEqual(Array.from({ length: 33 }, (_, i) => 31 + i));
    expect(await remote.get(Uint8Array.of(0, 0, 0))).toBeNull();
  });

  it("asks once for many entries", async () => {
    const db = openNodeDb(memoryEnvironment(), ns);
    const tree = MkvsTree.empty(1, db);
    for (let i = 0; i < 100; i++) tree.insert(utf8(`key ${i}`), utf8(String(i)));
    const { root } = tree.commit(ns, 1n);
    const syncer = syncerOf(db);
    const iterated = new RemoteTree(root, syncer);
    let count = 0;
    for await (const _ of iterated.seek(utf8(""), 25)) count++;
    expect([count, syncer.requests]).toEqual([100, 4]);
    const prefetched = new RemoteTree(root, syncer);
    await prefetched.prefetchPrefixes([utf8("key 1")], 1000);
    for (let i = 10; i < 20; i++) expect(await prefetched.get(utf8(`key ${i}`))).toEqual(utf8(String(i)));
    expect(syncer.requests).toBe(5);
  });

  it.each<[string, (proof: Proof) => Proof]>([
    ["for another root", (proof) => ({ ...proof, untrusted_root: ns })],
    [
      "with a changed value",
      (proof) => ({ ...proof, entries: [changed(proof.entries![0]!), ...proof.entries!.slice(1)] }),
    ],
    ["without the node", (proof) => ({ ...proof, entries: [Uint8Array.of(2, ...proof.untrusted_root)] })],
  ])("refuses a proof %s", async (_, tamper) => {
    const db = openNodeDb(memoryEnvironment(), ns);
    const tree = MkvsTree.empty(1, db);
    tree.insert(utf8("key"), utf8("value"));
    const { root } = tree.commit(ns, 1n);
    const honest = syncerOf(db);
    const liar: ReadSyncer = {
      ...honest,
      syncGet: async (request) => ({ proof: tamper((await honest.syncGet(request)).proof) }),
    };
    await expect(new RemoteTree(root, liar).get(utf8("key"))).rejects.toMatchObject({
      code: expect.stringMatching(/^mkvs\//),
    });
  });
});

function changed(entry: Uint8Array): Uint8Array {
  return entry.with(entry.length - 1, entry.at(-1)! ^ 1);
}
