import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../codec/bytes.ts";
import { ROOT_IO, ROOT_STATE, type Root } from "../../types/storage.ts";
import type { Environment } from "../environment/environment.ts";
import { keyId, keyOfId } from "../key-id.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { emptyRoot } from "../root.ts";
import { tables } from "../tables.ts";
import { apply } from "./apply.ts";
import { liveNodes } from "./live-nodes.fixture.ts";
import type { NodeDb } from "./node-db.ts";
import { openNodeDb } from "./table-node-db.ts";

const ns = new Uint8Array(32).fill(1);
const other = new Uint8Array(32).fill(2);

const code = (wireCode: number, module = "storage/mkvs/db") => expect.objectContaining({ module, wireCode });

/**
 * What every node database must do; `reopen` ends and starts again on the same data, `runs` is how many random
 * histories are tried.
 */
export function nodeDbSuite(
  name: string,
  open: () => Environment,
  reopen: (environment: Environment) => Promise<Environment>,
  runs: number,
): void {
  describe(name, () => {
    let env: Environment;
    let db: NodeDb;
    beforeEach(() => {
      env = open();
      db = openNodeDb(env, ns);
    });
    afterEach(() => env.close());

    /** A tree with one more entry, committed. */
    const commit = (parent: Root | null, version: bigint, key: string, type = ROOT_STATE): Root => {
      const tree = parent === null ? MkvsTree.empty(type, db) : MkvsTree.open(db, parent);
      tree.insert(utf8(key), utf8(`${key} value`));
      return tree.commit(ns, version).root;
    };
    /** Versions 1 to 3, one root each, finalized. */
    const three = (): [Root, Root, Root] => {
      const roots: Root[] = [];
      for (const version of [1n, 2n, 3n]) {
        roots.push(commit(roots.at(-1) ?? null, version, `key ${version}`));
        db.finalize([roots.at(-1)!]);
      }
      return roots as [Root, Root, Root];
    };

    it("knows what it has", () => {
      expect([db.latestVersion(), db.earliestVersion()]).toEqual([null, 0n]);
      expect(db.hasRoot(emptyRoot(ns, 7n, ROOT_STATE))).toBe(true);
      const [, second, third] = three();
      expect([db.latestVersion(), db.earliestVersion()]).toEqual([3n, 1n]);
      expect(db.rootsForVersion(3n)).toEqual([third]);
      expect(db.rootsForVersion(4n)).toEqual([]);
      expect(db.hasRoot(second)).toBe(true);
      expect(db.hasRoot({ ...second, version: 3n })).toBe(false);
      expect(db.hasRoot({ ...second, root_type: ROOT_IO })).toBe(false);
      expect(db.hasRoot({ ...second, ns: other })).toBe(false);
      expect(MkvsTree.open(db, second).get(utf8("key 1"))).toEqual(utf8("key 1 value"));
      expect(MkvsTree.open(db, second).get(utf8("key 3"))).toBeNull();
    });

    it.each<[string, (roots: [Root, Root, Root]) => unknown, number]>([
      ["opening an unknown root", ([r]) => MkvsTree.open(db, { ...r, hash: other }), 8],
      ["opening a root of another namespace", ([r]) => MkvsTree.open(db, { ...r, ns: other }), 10],
      ["committing two versions on", ([, , r]) => commit(r, 5n, "x"), 9],
      ["committing a version back", ([, , r]) => commit(r, 2n, "x"), 9],
      ["committing for another namespace", () => MkvsTree.empty(ROOT_STATE, db).commit(other, 4n), 10],
      ["committing a version that is finalized", ([, r]) => commit(r, 3n, "x"), 4],
      ["finalizing again", ([, , r]) => db.finalize([r]), 4],
      ["finalizing a version too far", () => db.finalize([emptyRoot(ns, 5n, ROOT_STATE)]), 3],
      ["finalizing an unknown root", ([, , r]) => db.finalize([{ ...r, version: 4n }]), 8],
      ["finalizing another namespace", () => db.finalize([emptyRoot(other, 4n, ROOT_STATE)]), 10],
      ["pruning what is not finalized", () => db.prune(4n), 3],
      ["pruning out of order", () => db.prune(2n), 11],
      ["a write log over two versions", ([a, , c]) => db.writeLog(a, c), 9],
      ["a write log backwards", ([a, b]) => db.writeLog(b, a), 9],
      ["a write log of another parent", ([a, b]) => db.writeLog({ ...a, hash: b.hash }, b), 2],
      ["a write log to an unknown root", ([a, b]) => db.writeLog(a, { ...b, hash: other }), 8],
      [
        "a write log of another namespace",
        ([a, b]) => db.writeLog({ ...a, ns: other }, { ...b, ns: other }),
        10,
      ],
      ["applying to what does not follow", ([a, , c]) => apply(db, a, c, []), 9],
      [
        "applying to an unknown root",
        ([, , c]) => apply(db, { ...c, hash: other }, { ...c, version: 4n, hash: ns }, []),
        8,
      ],
    ])("refuses %s", (_, action, wireCode) => {
      const roots = three();
      expect(() => action(roots)).toThrow(code(wireCode));
    });

    it("refuses to prune the last version, and a parent of the same version or for I/O", () => {
      const first = commit(null, 1n, "a");
      db.finalize([first]);
      expect(() => db.prune(1n)).toThrow(code(16));
      const io = commit(null, 2n, "io", ROOT_IO);
      expect(() => commit(io, 3n, "x")).toThrow("always built from the empty root");
      const state = commit(first, 2n, "b");
      expect(() => commit(state, 2n, "c")).toThrow("of the same version");
      expect(() => db.finalize([])).toThrow("at least one root");
      expect(() => db.finalize([state, { ...io, root_type: ROOT_STATE }])).toThrow("one of each type");
    });

    it("gives write logs as they were made, and leads another database by them to the same roots", () => {
      const [a, b] = three();
      const tree = MkvsTree.open(db, db.rootsForVersion(3n)[0]!);
      tree.remove(utf8("key 1"));
      tree.insert(utf8("key 2"), utf8(""));
      tree.insert(utf8("gone"), utf8("x"));
      tree.remove(utf8("gone"));
      const { root: d } = tree.commit(ns, 4n);
      const c = db.rootsForVersion(3n)[0]!;
      expect(db.writeLog(c, d)).toEqual([
        [utf8("key 1"), null],
        [utf8("key 2"), utf8("")],
      ]);
      const copy = openNodeDb(open(), ns);
      const empty = emptyRoot(ns, 1n, ROOT_STATE);
      for (const [from, to] of [
        [empty, a],
        [a, b],
        [b, c],
        [c, d],
      ] as const) {
        const log = db.writeLog(from, to);
        expect(() => apply(copy, from, { ...to, hash: other }, log)).toThrow(code(3, "storage"));
        expect(copy.hasRoot(to)).toBe(false);
        apply(copy, from, to, log);
        apply(copy, from, to, [[utf8("ignored"), utf8("")]]);
        copy.finalize([to]);
      }
      expect(contents(copy, d)).toEqual(contents(db, d));
      const without = openNodeDb(open(), ns, { discardWriteLogs: true });
      apply(without, empty, a, db.writeLog(empty, a));
      expect(() => without.writeLog(empty, a)).toThrow(code(2));
    });

    it("keeps a tree's changes when a commit is refused", () => {
      const [, second] = three();
      const tree = MkvsTree.open(db, second);
      tree.insert(utf8("x"), utf8("y"));
      expect(() => tree.commit(ns, 3n)).toThrow(code(4));
      expect([tree.isDirty, tree.root]).toEqual([true, second]);
      expect(tree.get(utf8("x"))).toEqual(utf8("y"));
    });

    it("takes a root that is known from another tree", () => {
      const [, , third] = three();
      const [a, b] = [MkvsTree.open(db, third), MkvsTree.open(db, third)];
      for (const tree of [a, b]) tree.insert(utf8("x"), utf8("y"));
      const root = a.commit(ns, 4n).root;
      expect(b.commit(ns, 4n).root).toEqual(root);
      expect(liveNodes(db, [1n, 2n, 3n, 4n]).size).toBe(countNodes(env));
      b.insert(utf8("z"), utf8("z"));
      db.finalize([root]);
      const last = b.commit(ns, 5n).root;
      db.finalize([last]);
      for (const version of [1n, 2n, 3n, 4n]) db.prune(version);
      while (db.collectGarbage(3));
      expect(liveNodes(db, [5n]).size).toBe(countNodes(env));
      expect(contents(db, last).size).toBe(5);
    });

    it("drops with a candidate what was built on it", () => {
      const [, , third] = three();
      const [left, right] = [commit(third, 4n, "left"), commit(third, 4n, "right")];
      const [onLeft, onRight] = [commit(left, 5n, "x"), commit(right, 5n, "y")];
      db.finalize([right]);
      expect([left, right, onLeft, onRight].map((root) => db.hasRoot(root))).toEqual([
        false,
        true,
        false,
        true,
      ]);
      db.finalize([onRight]);
      expect(liveNodes(db, [1n, 2n, 3n, 4n, 5n]).size).toBe(countNodes(env));
    });

    it("starts at the first version that is finalized, whatever was committed before", () => {
      const first = commit(null, 1n, "a");
      const [kept, dropped] = [commit(first, 2n, "b"), commit(first, 2n, "c")];
      const third = commit(kept, 3n, "d");
      commit(dropped, 3n, "e");
      db.finalize([third]);
      expect([db.earliestVersion(), db.latestVersion()]).toEqual([3n, 3n]);
      expect([first, kept, dropped].map((root) => db.hasRoot(root))).toEqual([false, false, false]);
      expect(liveNodes(db, [3n]).size).toBe(countNodes(env));
      expect(contents(db, third).size).toBe(3);
    });

    it("is undone by the transaction around it", () => {
      const [, , third] = three();
      const failing = () =>
        env.transaction(() => {
          db.finalize([commit(third, 4n, "x")]);
          throw new Error("after all not");
        });
      expect(failing).toThrow("after all not");
      expect(db.latestVersion()).toBe(3n);
      const fourth = commit(third, 4n, "y");
      db.finalize([fourth]);
      expect([...contents(db, fourth).keys()]).toEqual(["key 1", "key 2", "key 3", "y"]);
      expect(liveNodes(db, [1n, 2n, 3n, 4n]).size).toBe(countNodes(env));
    });

    it("keeps every version as it was, through candidates, pruning and restarts, and no node too many", async () => {
      const change = fc.tuple(
        fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength: 3 }).map((k) => Uint8Array.from(k)),
        fc.option(fc.uint8Array({ maxLength: 2 }), { freq: 1 }),
      );
      const step = fc.record({
        candidates: fc.array(fc.array(change, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
        chosen: fc.nat(2),
        fromEmpty: fc.nat(9).map((n) => n === 0),
        io: fc.option(fc.array(change, { maxLength: 4 })),
        prune: fc.boolean(),
        restart: fc.nat(3).map((n) => n === 0),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          let environment = open();
          // A cache of a few nodes makes nearly every access a load.
          let database = openNodeDb(environment, ns, { cacheBytes: 3000 });
          const expected = new Map<bigint, { root: Root; entries: Map<string, Uint8Array> }>();
          let version = 9n;
          for (const { candidates, chosen, fromEmpty, io, prune, restart } of steps) {
            const before = fromEmpty ? undefined : expected.get(version);
            version++;
            const made = candidates.map((changes) => {
              const tree =
                before === undefined
                  ? MkvsTree.empty(ROOT_STATE, database)
                  : MkvsTree.open(database, before.root);
              const entries = new Map(before?.entries);
              for (const [key, value] of changes) {
                if (value === null) {
                  tree.remove(key);
                  entries.delete(keyId(key));
                } else {
                  tree.insert(key, value);
                  entries.set(keyId(key), value);
                }
              }
              return { root: tree.commit(ns, version).root, entries };
            });
            const pick = made[chosen % made.length]!;
            const roots = [pick.root];
            if (io !== null) {
              const tree = MkvsTree.empty(ROOT_IO, database);
              for (const [key, value] of io) if (value !== null) tree.insert(key, value);
              roots.push(tree.commit(ns, version).root);
            }
            database.finalize(roots);
            expected.set(version, pick);
            if (prune && expected.size > 1) {
              const earliest = database.earliestVersion();
              database.prune(earliest);
              while (database.collectGarbage(2));
              expected.delete(earliest);
            }
            if (restart) {
              environment = await reopen(environment);
              database = openNodeDb(environment, ns, { cacheBytes: 3000 });
            }
            for (const { root, entries } of expected.values()) {
              expect(contents(database, root)).toEqual(new Map([...entries].sort()));
              const fresh = MkvsTree.empty();
              for (const [key, value] of entries) fresh.insert(keyOfId(key), value);
              expect(toHex(fresh.rootHash())).toBe(toHex(root.hash));
            }
            expect(countNodes(environment)).toBe(liveNodes(database, expected.keys()).size);
          }
          const table = environment.table(tables.roots, toHex(ns));
          expect([...table.keys()].every(([at]) => expected.has(at))).toBe(true);
          await environment.close();
        }),
        { numRuns: runs },
      );
    });

    it("frees the space of versions that are pruned", () => {
      let root: Root | null = null;
      const sizes: number[] = [];
      for (let version = 1n; version <= 120n; version++) {
        const tree: MkvsTree = root === null ? MkvsTree.empty(ROOT_STATE, db) : MkvsTree.open(db, root);
        for (let i = 0n; i < 20n; i++)
          tree.insert(utf8(`key ${(version * 20n + i) % 400n}`), new Uint8Array(100));
        for (let i = 0n; i < 20n; i++) tree.insert(utf8(`hot ${i}`), utf8(String(version)));
        root = tree.commit(ns, version).root;
        db.finalize([root]);
        if (version > 10n) db.prune(version - 10n);
        while (db.collectGarbage(100));
        sizes.push(env.size());
      }
      expect(sizes[119]).toBeLessThan(sizes[59]! * 1.2);
      expect(countNodes(env)).toBe(
        liveNodes(db, [111n, 112n, 113n, 114n, 115n, 116n, 117n, 118n, 119n, 120n]).size,
      );
    });
  });
}

function contents(db: NodeDb, root: Root): Map<string, Uint8Array> {
  return new Map([...MkvsTree.open(db, root).seek(new Uint8Array())].map(([k, v]) => [keyId(k), v]));
}

function countNodes(env: Environment): number {
  return env.table(tables.nodes, toHex(ns)).count();
}
