import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../codec/bytes.ts";
import type { Root } from "../../types/storage.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { keyId } from "../key-id.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { openNodeDb } from "../node-db/table-node-db.ts";
import { MissingNode } from "./partial-tree.ts";
import { ProvenNodes } from "./proven-nodes.ts";
import { syncGet } from "./sync-get.ts";
import { syncIterate } from "./sync-iterate.ts";

const ns = new Uint8Array(32);

/** Versions of a tree in one database. */
function versions(...changes: readonly (readonly [key: string, value: string])[][]): {
  readonly roots: readonly Root[];
  open(root: Root): MkvsTree;
} {
  const db = openNodeDb(memoryEnvironment(), ns);
  let tree = MkvsTree.empty(1, db);
  const roots = changes.map((entries, i) => {
    for (const [key, value] of entries) tree.insert(utf8(key), utf8(value));
    const { root } = tree.commit(ns, BigInt(i + 1));
    db.finalize([root]);
    tree = MkvsTree.open(db, root);
    return root;
  });
  return { roots, open: (root) => MkvsTree.open(db, root) };
}

/** Reads, fetching what is missing; returns what is read and how often something was fetched. */
function reading<T>(nodes: ProvenNodes, source: MkvsTree, root: Root, key: Uint8Array, read: () => T) {
  for (let fetched = 0; ; fetched++) {
    try {
      return { value: read(), fetched };
    } catch (error) {
      if (!(error instanceof MissingNode)) throw error;
      const position = error.ref.hash!;
      const request = { tree: { root, position }, key, include_siblings: false, proof_version: 0 };
      const { proof } = syncGet(source, request);
      expect(nodes.merge(proof.untrusted_root, proof, position)).toBe(true);
    }
  }
}

describe("proven nodes", () => {
  it("read as the tree that they are of, whatever its keys", () => {
    const bytes = fc
      .array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength: 3 })
      .map((b) => Uint8Array.from(b));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(bytes, fc.uint8Array({ maxLength: 2 })), { maxLength: 20 }),
        bytes,
        (entries, key) => {
          const db = openNodeDb(memoryEnvironment(), ns);
          const tree = MkvsTree.empty(1, db);
          for (const [k, v] of entries) tree.insert(k, v);
          const { root } = tree.commit(ns, 1n);
          const source = MkvsTree.open(db, root);
          const nodes = new ProvenNodes(1 << 20);
          const proven = nodes.tree(root);
          expect(reading(nodes, source, root, key, () => proven.get(key)).value).toEqual(source.get(key));
          const request = { tree: { root, position: root.hash }, key, prefetch: 100, proof_version: 0 };
          const { proof } = syncIterate(source, request);
          nodes.merge(root.hash, proof);
          expect([...proven.seek(key)].map(([k]) => keyId(k))).toEqual(
            [...source.seek(key)].map(([k]) => keyId(k)),
          );
        },
      ),
    );
  });

  it("serve all versions that have them in common", () => {
    const many = Array.from({ length: 64 }, (_, i) => [`key ${i}`, `${i}`] as const);
    const { roots, open } = versions(many, [["key 63", "changed"]]);
    const nodes = new ProvenNodes(1 << 20);
    const key = utf8("key 1");
    const read = (root: Root) => reading(nodes, open(root), root, key, () => nodes.tree(root).get(key));
    expect(read(roots[0]!)).toMatchObject({ value: utf8("1"), fetched: 1 });
    // Only the way down to the part that did not change.
    const before = nodes.bytes;
    expect(read(roots[1]!).value).toEqual(utf8("1"));
    expect(nodes.bytes - before).toBeLessThan(before);
  });

  it("leave when there are too many, and can come back", () => {
    const many = Array.from({ length: 200 }, (_, i) => [`key ${i}`, "v".repeat(100)] as const);
    const { roots, open } = versions(many);
    const [root] = roots;
    const nodes = new ProvenNodes(20_000);
    for (const [name] of many) {
      const key = utf8(name);
      expect(reading(nodes, open(root!), root!, key, () => nodes.tree(root!).get(key)).value).toHaveLength(
        100,
      );
      expect(nodes.bytes).toBeLessThanOrEqual(20_000);
    }
  });

  it("take nothing from a proof of another tree", () => {
    const { roots, open } = versions(
      [
        ["a", "1"],
        ["b", "2"],
      ],
      [["b", "3"]],
    );
    const [first, second] = roots;
    const tree = { root: second!, position: second!.hash };
    const { proof } = syncGet(open(second!), {
      tree,
      key: utf8("b"),
      include_siblings: false,
      proof_version: 0,
    });
    const nodes = new ProvenNodes(1 << 20);
    expect(() => nodes.merge(first!.hash, proof)).toThrow(/proof for another root/);
    expect(nodes.bytes).toBe(0);
  });
});
