import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, toHex, utf8 } from "../codec/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import { type MerkleProof, merkleProofs, merkleRoot, verifyMerkleProof } from "./merkle.ts";

const leafLists = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 40 });

/** The definition in RFC 6962: split at the largest power of two below the count. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(concat(new Uint8Array([0]), leaves[0]!));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(
    concat(
      new Uint8Array([1]),
      rootByDefinition(leaves.slice(0, split)),
      rootByDefinition(leaves.slice(split)),
    ),
  );
}

test("known roots (cometbft.md 4.2)", () => {
  expect(toHex(merkleRoot(["a", "b", "c"].map(utf8)))).toBe(
    "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1",
  );
  expect(toHex(merkleRoot([]))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("the root is that of the recursive definition", () => {
  fc.assert(
    fc.property(leafLists, (leaves) => {
      expect(toHex(merkleRoot(leaves))).toBe(toHex(rootByDefinition(leaves)));
    }),
  );
});

test("every proof holds for its leaf and for nothing else", () => {
  fc.assert(
    fc.property(leafLists, fc.nat(), fc.nat(), fc.nat(), (leaves, leafSeed, byteSeed, bitSeed) => {
      const { root, proofs } = merkleProofs(leaves);
      expect(toHex(root)).toBe(toHex(merkleRoot(leaves)));
      proofs.forEach((proof, index) => {
        expect(verifyMerkleProof(proof, root, leaves[index]!)).toBe(true);
      });
      if (leaves.length === 0) return;
      const index = leafSeed % leaves.length;
      const proof = proofs[index]!;
      for (const broken of tamperings(proof, byteSeed, 1 << (bitSeed % 8))) {
        expect(verifyMerkleProof(broken, root, leaves[index]!)).toBe(false);
      }
    }),
  );
});

function* tamperings(proof: MerkleProof, byteSeed: number, mask: number): Iterable<MerkleProof> {
  const flipped = (hash: Uint8Array) =>
    hash.map((byte, i) => (i === byteSeed % hash.length ? byte ^ mask : byte));
  yield { ...proof, leaf_hash: flipped(proof.leaf_hash) };
  yield { ...proof, index: proof.index + proof.total };
  yield { ...proof, index: -1n };
  yield { ...proof, total: 0n };
  yield { ...proof, aunts: [...proof.aunts, proof.leaf_hash] };
  if (proof.aunts.length === 0) return;
  yield { ...proof, aunts: proof.aunts.slice(1) };
  const changed = byteSeed % proof.aunts.length;
  yield { ...proof, aunts: proof.aunts.map((aunt, i) => (i === changed ? flipped(aunt) : aunt)) };
}
