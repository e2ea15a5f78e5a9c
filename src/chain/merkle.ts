import { equal } from "../codec/bytes.ts";
import { sha256 } from "../crypto/hash.ts";

/** RFC 6962 Merkle tree over SHA-256 (cometbft.md 4.2). */

const LEAF = new Uint8Array([0]);
const INNER = new Uint8Array([1]);
const EMPTY_ROOT = sha256(new Uint8Array(0));

/** Most sibling hashes that a proof may carry; enough for 2^100 leaves. */
export const MAX_AUNTS = 100;

/** Path from one leaf to the root. */
export interface MerkleProof {
  total: bigint;
  index: bigint;
  leaf_hash: Uint8Array;
  /** Sibling hashes from the leaf upwards. */
  aunts: Uint8Array[];
}

/** Root over the leaves in order; SHA-256 of nothing when there are none. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT;
  let level = leaves.map(leafHash);
  // Pairing neighbours and carrying an odd last one upwards gives the same tree as splitting at powers of two.
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) next.push(innerHash(level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) next.push(level.at(-1)!);
    level = next;
  }
  return level[0]!;
}

/** The root with one proof per leaf. */
export function merkleProofs(leaves: readonly Uint8Array[]): { root: Uint8Array; proofs: MerkleProof[] } {
  const proofs = leaves.map(
    (leaf, index): MerkleProof => ({
      total: BigInt(leaves.length),
      index: BigInt(index),
      leaf_hash: leafHash(leaf),
      aunts: [],
    }),
  );
  let level = proofs.map((proof) => proof.leaf_hash);
  for (let width = 1; level.length > 1; width *= 2) {
    for (const [index, proof] of proofs.entries()) {
      const sibling = level[Math.floor(index / width) ^ 1];
      if (sibling !== undefined) proof.aunts.push(sibling);
    }
    const next: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      next.push(i + 1 < level.length ? innerHash(level[i]!, level[i + 1]!) : level[i]!);
    }
    level = next;
  }
  return { root: level[0] ?? EMPTY_ROOT, proofs };
}

/** Whether `leaf` is the leaf that the proof places under `root`. */
export function verifyMerkleProof(proof: MerkleProof, root: Uint8Array, leaf: Uint8Array): boolean {
  if (proof.total <= 0n || proof.index < 0n || proof.index >= proof.total || proof.aunts.length > MAX_AUNTS) {
    return false;
  }
  if (!equal(proof.leaf_hash, leafHash(leaf))) return false;
  const computed = rootFromAunts(proof);
  return computed !== null && equal(computed, root);
}

/** Null when the number of aunts does not fit the position. */
function rootFromAunts({ total, index, leaf_hash, aunts }: MerkleProof): Uint8Array | null {
  let hash = leaf_hash;
  let used = 0;
  let position = index;
  for (let width = total; width > 1n; width = (width + 1n) / 2n) {
    const isUnpaired = position % 2n === 0n && position + 1n === width;
    if (!isUnpaired) {
      const aunt = aunts[used];
      if (aunt === undefined) return null;
      used += 1;
      hash = position % 2n === 0n ? innerHash(hash, aunt) : innerHash(aunt, hash);
    }
    position /= 2n;
  }
  return used === aunts.length ? hash : null;
}

function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(LEAF, leaf);
}

function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(INNER, left, right);
}
