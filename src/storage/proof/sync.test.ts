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
