import { expect, it } from "vitest";
import { toHex, utf8 } from "../../codec/bytes.ts";
import { ROOT_IO, ROOT_STATE, type Root } from "../../types/storage.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { Leaf } from "../mkvs/node.ts";
import { tables } from "../tables.ts";
import { openNodeDb } from "./table-node-db.ts";
import { verifyTrees } from "./verify-trees.ts";

const ns = new Uint8Array(32);

/** Ten versions of a state of 50 entries, each with inputs and outputs, of which the last five are kept. */
function database() {
  const environment = memoryEnvironment();
  const db = openNodeDb(environment, ns);
  let root: Root | null = null;
  for (let version = 1n; version <= 10n; version++) {
    const state: MkvsTree = root === null ? MkvsTree.empty(ROOT_STATE, db) : MkvsTree.open(db, root);
    for (let i = 0; i < 50; i++) state.insert(utf8(`key ${i}`), utf8(`${i % 10 === 0 ? version : 0n}`));
    root = state.commit(ns, version).root;
    const io = MkvsTree.empty(ROOT_IO, db);
    io.insert(utf8("input"), utf8(`${version}`));
    db.finalize([root, io.commit(ns, version).root]);
    if (version > 5n) db.prune(version - 5n);
    while (db.collectGarbage(1000));
  }
  const nodes = environment.table(tables.nodes, toHex(ns));
  const verify = () => {
    const problems: string[] = [];
    const counts = { roots: 0, nodes: 0 };
    for (const _ of verifyTrees(environment, db, counts, (problem) => problems.push(problem)));
    return { ...counts, problems };
  };
  return {
    db,
    nodes,
    verify,
    last: Number(environment.table(tables.roots, toHex(ns)).get([10n, ROOT_STATE, root!.hash])!.top),
  };
}

it("finds nothing wrong where nothing is, and looks at every node once", () => {
  const { nodes, verify } = database();
  expect(verify()).toEqual({ roots: 10, nodes: nodes.count(), problems: [] });
});

it("finds missing, changed and unreadable nodes, and such that nothing refers to", () => {
  const { nodes, verify, last } = database();
  const leaf = [...nodes.range()].find(([, node]) => node instanceof Leaf && node.key.length === 5)!;
  const [number] = leaf[0];
  nodes.put([number], new Leaf(utf8("key 0"), utf8("changed")));
  expect(verify().problems).toEqual([expect.stringContaining(`node ${number} has not the hash`)]);
  nodes.remove([number]);
  expect(verify().problems).toEqual([expect.stringContaining(`node ${number} is missing`)]);
  nodes.put([number], leaf[1]);
  expect(verify().problems).toEqual([]);
  nodes.put([999_999], leaf[1]);
  expect(verify().problems).toEqual(["1 nodes belong to no version: they take space and do no harm"]);
  nodes.remove([999_999]);
  nodes.remove([last]);
  expect(verify().problems).toEqual([
    expect.stringContaining(`version 10, kind ${ROOT_STATE}: node ${last} is missing`),
    expect.stringMatching(/nodes belong to no version/),
  ]);
});

it("knows what is being restored and what is being dropped", () => {
  const { db, verify, nodes } = database();
  const counted = nodes.count();
  db.multipart.start(20n);
  const tree = MkvsTree.empty(ROOT_STATE);
  for (let i = 0; i < 30; i++) tree.insert(utf8(`other ${i}`), utf8("value"));
  const { root } = tree.commit(ns, 20n);
  db.multipart.begin({ version: 1, root, chunks: [new Uint8Array(32)] });
  for (const _ of db.multipart.put(ROOT_STATE, 0, tree.top()));
  expect(nodes.count()).toBeGreaterThan(counted);
  expect(verify().problems).toEqual([]);
  db.multipart.abort();
  expect(verify().problems).toEqual([]);
  while (db.collectGarbage(5));
  expect(nodes.count()).toBe(counted);
});
