import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, fromBase64, fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { decode, encode } from "../../codec/codec.ts";
import { Proof } from "../../types/storage.ts";
import { keyId } from "../key-id.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { children, Leaf, type Ref } from "../mkvs/node.ts";
import type { KeyValue } from "../tree.ts";
import { syncGet } from "./sync-get.ts";
import { syncGetPrefixes } from "./sync-get-prefixes.ts";
import { syncIterate } from "./sync-iterate.ts";
import { verifyProof } from "./verify-proof.ts";

const ns = new Uint8Array(32);
const refused = expect.objectContaining({
  code: expect.stringMatching(/^mkvs\/(bad-proof|malformed-node)$/),
});

function committed(entries: readonly (readonly [Uint8Array, Uint8Array])[]): MkvsTree {
  const tree = MkvsTree.empty();
  for (const [k, v] of entries) tree.insert(k, v);
  tree.commit(ns, 0n);
  return tree;
}

const small = committed(
  [
    ["foo", "bar"],
    ["moo", "hello"],
    ["fo", ""],
  ].map(([k, v]) => [utf8(k!), utf8(v!)]),
);
const smallId = { root: small.root!, position: small.root!.hash };
const getFoo = (proof_version: number) =>
  syncGet(small, { tree: smallId, key: utf8("foo"), include_siblings: false, proof_version }).proof;

describe("known proofs of the three-key tree (facts/formats.md 6.4)", () => {
  it("version 0", () => {
    expect(toHex(encode(Proof, getFoo(0)))).toBe(
      "a267656e747269657385460101040060024f01010c0066f0000200666f000000004e01000300666f6f03000000626172f65821025d7fc066d1eb3281e7995bd9cf3525e6ad59a90eccb9bc2b108889a2bb16f3266e756e747275737465645f726f6f7458205ce51671d0342f5fa297cbec0a7bf9b4e97a8d2ff3faa23021fd74af3df31eff",
    );
  });

  it("version 1", () => {
    expect(getFoo(1).entries!.map((entry) => (entry === null ? null : toHex(entry)))).toEqual([
      "010104006002",
      null,
      "01010c0066f002",
      "020fd308a759e050d0c136446218409cba38304bf402384a97dfcfcc610f98bf44",
      "01000300666f6f03000000626172",
      null,
      "025d7fc066d1eb3281e7995bd9cf3525e6ad59a90eccb9bc2b108889a2bb16f326",
    ]);
  });
});

// oasis-core v26.1 go/storage/mkvs/syncer/proof_test.go.
describe("known proofs that carry no entries", () => {
  const root = fromHex("59e67c2fdc08b8e10dd08bb6b8efe614fcc965ecb89625f97f17f87f07104613");
  it.each([
    [
      0,
      "omdlbnRyaWVzhUoBASQAa2V5IDACRgEBAQAAAlghAsFltYRhD4dAwHOdOmEigY1r02pJH6InhiibKlh9neYlWCECpsJnkjOnIgc4+yfvpsqCcIYHh5eld1hNMWTT7arAfHFYIQLhNTLWRbks1RBf52ulnlOTO+7D5EZNMYFzTx8U46sCnm51bnRydXN0ZWRfcm9vdFggWeZ8L9wIuOEN0Iu2uO/mFPzJZey4liX5fxf4fwcQRhM=",
    ],
    [
      1,
      "o2F2AWdlbnRyaWVzh0oBASQAa2V5IDAC9kYBAQEAAAL2WCECwWW1hGEPh0DAc506YSKBjWvTakkfoieGKJsqWH2d5iVYIQKmwmeSM6ciBzj7J++myoJwhgeHl6V3WE0xZNPtqsB8cVghAuE1MtZFuSzVEF/na6WeU5M77sPkRk0xgXNPHxTjqwKebnVudHJ1c3RlZF9yb290WCBZ5nwv3Ai44Q3Qi7a47+YU/Mll7LiWJfl/F/h/BxBGEw==",
    ],
  ])("version %i", (version, text) => {
    const proof = decode(Proof, fromBase64(text));
    expect(proof.v).toBe(version);
    expect(provenEntries(verifyProof(root, proof))).toEqual([]);
    const more = { ...proof, entries: [...proof.entries!, proof.entries![0]!] };
    expect(() => verifyProof(root, more)).toThrow("unused entries");
  });
});

describe("verifyProof", () => {
  it("takes the proof of the empty tree", () => {
    const empty = MkvsTree.empty();
    const { root } = empty.commit(ns, 0n);
    const request = { tree: { root, position: root.hash }, key: utf8("x"), include_siblings: true };
    const { proof } = syncGet(empty, { ...request, proof_version: 1 });
    expect(proof.entries).toEqual([null]);
    expect(verifyProof(root.hash, proof)).toBeNull();
  });

  const proof = getFoo(0);
  const { hash } = small.root!;
  it.each<[string, Partial<Proof>]>([
    ["another version", { v: 2 }],
    ["another root", { untrusted_root: ns }],
    ["no entries", { entries: [] }],
    ["nil entries", { entries: null }],
    ["an entry too few", { entries: proof.entries!.slice(0, -1) }],
    ["an entry too many", { entries: [...proof.entries!, null] }],
    ["an empty entry", { entries: [new Uint8Array(0), ...proof.entries!.slice(1)] }],
    ["an unknown entry", { entries: [Uint8Array.of(3), ...proof.entries!.slice(1)] }],
    ["an unknown node", { entries: [Uint8Array.of(1, 7, 0, 0, 2), ...proof.entries!.slice(1)] }],
    ["half a node", { entries: [proof.entries![0]!.slice(0, 5), ...proof.entries!.slice(1)] }],
    ["a short hash", { entries: [...proof.entries!.slice(0, 4), proof.entries![4]!.slice(0, 32)] }],
    ["a long hash", { entries: [...proof.entries!.slice(0, 4), concat(proof.entries![4]!, ns)] }],
    ["only the hash", { entries: [concat(Uint8Array.of(2), ns)] }],
  ])("refuses %s", (_, change) => {
    expect(() => verifyProof(hash, { ...proof, ...change })).toThrow(refused);
  });

  it("ignores what follows a node in its entry, as the network does", () => {
    const entries = proof.entries!.map((entry) =>
      entry !== null && entry[0] === 1 ? concat(entry, Uint8Array.of(1, 2, 3)) : entry,
    );
    expect(provenEntries(verifyProof(hash, { ...proof, entries }))).toEqual(
      provenEntries(verifyProof(hash, proof)),
    );
  });

  it("does not exhaust the stack on a very deep proof", () => {
    const fork = Uint8Array.of(1, 1, 0, 0, 2);
    const entries: (Uint8Array | null)[] = Array(30_000).fill(fork);
    for (let i = 0; i <= 30_000; i++) entries.push(null);
    expect(() => verifyProof(ns, { v: 0, untrusted_root: ns, entries })).toThrow("another root");
  });
});

const bytes = fc
  .array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength: 3 })
  .map((values) => Uint8Array.from(values));
const scene = fc.record({
  entries: fc.array(fc.tuple(bytes, fc.uint8Array({ maxLength: 3 })), { minLength: 1, maxLength: 15 }),
  key: bytes,
  kind: fc.constantFrom("get", "prefixes", "iterate"),
  count: fc.nat(5),
  siblings: fc.boolean(),
  proof_version: fc.constantFrom(0, 1),
});

describe("every proof", () => {
  it("verifies, shows what is in the tree, and fails or says the same with any byte changed", () => {
    fc.assert(
      fc.property(scene, fc.integer({ min: 1, max: 255 }), (s, flip) => {
        const tree = committed(s.entries);
        const root = tree.root!;
        const id = { root, position: root.hash };
        const { key, proof_version } = s;
        const { proof } =
          s.kind === "get"
            ? syncGet(tree, { tree: id, key, include_siblings: s.siblings, proof_version })
            : s.kind === "prefixes"
              ? syncGetPrefixes(tree, { tree: id, prefixes: [key], limit: s.count, proof_version })
              : syncIterate(tree, { tree: id, key, prefetch: s.count, proof_version });
        const shown = provenEntries(verifyProof(root.hash, proof));
        for (const [k, v] of shown) expect(tree.get(k)).toEqual(v);
        if (s.kind === "get") {
          const value = tree.get(key);
          expect(shown.find(([k]) => keyId(k) === keyId(key))?.[1] ?? null).toEqual(value);
        }
        for (const [at, entry] of proof.entries!.entries()) {
          for (let i = 0; i < (entry?.length ?? 0); i++) {
            const changed = entry!.slice();
            changed[i]! ^= flip;
            const entries = proof.entries!.with(at, changed);
            try {
              expect(provenEntries(verifyProof(root.hash, { ...proof, entries }))).toEqual(shown);
            } catch (error) {
              expect(error).toEqual(refused);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** The entries whose leaves a proof carries, in key order. */
function provenEntries(top: Ref | null): KeyValue[] {
  const found: KeyValue[] = [];
  const open = top === null ? [] : [top];
  while (open.length > 0) {
    const { node } = open.pop()!;
    if (node === null) continue;
    if (node instanceof Leaf) found.push([node.key, node.value]);
    else open.push(...children(node).reverse());
  }
  return found;
}
