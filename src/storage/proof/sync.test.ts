import { describe, expect, it } from "vitest";
import cases from "../../../test/vectors/mkvs-proofs.json" with { type: "json" };
import { fromHex, toHex } from "../../codec/bytes.ts";
import { hashOf } from "../../crypto/hash.ts";
import { Proof, type ProofResponse } from "../../types/storage.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { syncGet } from "./sync-get.ts";
import { syncGetPrefixes } from "./sync-get-prefixes.ts";
import { syncIterate } from "./sync-iterate.ts";

const ns = new Uint8Array(32);

type KnownRequest = {
  kind: string;
  key?: string;
  prefixes?: string[];
  n?: number;
  siblings?: boolean;
  /** The root when absent. */
  position?: string;
  version: number;
  entries: number;
  proof: string;
};

function answer(tree: MkvsTree, request: KnownRequest): ProofResponse {
  const id = {
    root: tree.root!,
    position: request.position === undefined ? tree.root!.hash : fromHex(request.position),
  };
  const key = fromHex(request.key ?? "");
  const proof_version = request.version;
  switch (request.kind) {
    case "get":
      return syncGet(tree, { tree: id, key, include_siblings: request.siblings ?? false, proof_version });
    case "iterate":
      return syncIterate(tree, { tree: id, key, prefetch: request.n ?? 0, proof_version });
    default: {
      const prefixes = request.prefixes!.map(fromHex);
      return syncGetPrefixes(tree, { tree: id, prefixes, limit: request.n ?? 0, proof_version });
    }
  }
}

// Computed with oasis-core v26.1: trees of random entries, requests, and the hash of each proof.
describe("sync requests give the proofs of the official node", () => {
  it.each(cases.map((c) => [c.entries.length, c] as const))(
    "tree of %d entries",
    (_, { entries, root, requests }) => {
      const tree = MkvsTree.empty();
      for (const [key, value] of entries) tree.insert(fromHex(key!), fromHex(value!));
      expect(toHex(tree.commit(ns, 1n).root.hash)).toBe(root);
      for (const request of requests as KnownRequest[]) {
        const { proof } = answer(tree, request);
        expect([proof.entries!.length, toHex(hashOf(Proof, proof))], JSON.stringify(request)).toEqual([
          request.entries,
          request.proof,
        ]);
      }
    },
  );
});

describe("a request", () => {
  const tree = MkvsTree.empty();
  tree.insert(Uint8Array.of(1), Uint8Array.of(2));
  const { root } = tree.commit(ns, 1n);
  const get = (version: number, wanted = root) =>
    syncGet(tree, {
      tree: { root: wanted, position: root.hash },
      key: Uint8Array.of(1),
      include_siblings: false,
      proof_version: version,
    });

  it("is refused for another root, another proof version, too many prefixes or a changed tree", () => {
    expect(() => get(0, { ...root, version: 2n })).toThrow("mkvs: invalid root");
    expect(() => get(2)).toThrow("mkvs: unsupported proof version: 2");
    const prefixes = Array(65_537).fill(new Uint8Array(0));
    const id = { root, position: root.hash };
    expect(() => syncGetPrefixes(tree, { tree: id, prefixes, limit: 1, proof_version: 0 })).toThrow(
      "at most 65536",
    );
    const changed = MkvsTree.empty();
    changed.insert(Uint8Array.of(1), Uint8Array.of(2));
    changed.commit(ns, 1n);
    changed.insert(Uint8Array.of(1), Uint8Array.of(3));
    const request = { tree: id, key: Uint8Array.of(1), prefetch: 0, proof_version: 0 };
    expect(() => syncIterate(changed, request)).toThrow("mkvs: root is dirty");
  });

  it("may lead through a very deep tree", () => {
    const deep = MkvsTree.empty();
    const long = new Uint8Array(4000);
    for (let length = 4000; length >= 0; length -= 2) deep.insert(long.subarray(0, length), Uint8Array.of(1));
    const { root: deepRoot } = deep.commit(ns, 1n);
    const id = { root: deepRoot, position: deepRoot.hash };
    const { proof } = syncIterate(deep, { tree: id, key: long, prefetch: 3, proof_version: 0 });
    expect(proof.entries!.length).toBeGreaterThan(2000);
  });
});
