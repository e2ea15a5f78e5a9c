import { concat } from "../codec/bytes.ts";
import { MAX_BLOCK_SIZE } from "./block.ts";
import { HASH_SIZE, type PartSetHeader } from "./block-id.ts";
import { invalid, malformed } from "./errors.ts";
import { MAX_AUNTS, merkleProofs, verifyMerkleProof } from "./merkle.ts";
import { bytes, embedded, type Infer, int64, message, repeatedScalar, scalar, uint32 } from "./wire.ts";

/** Bytes of every part of a block but the last. */
export const PART_SIZE = 65_536;

/** Most parts of a block: enough for {@link MAX_BLOCK_SIZE}, and one for good measure as the official node has it. */
export const MAX_PARTS = Math.ceil(MAX_BLOCK_SIZE / PART_SIZE) + 1;

const Proof = message("tendermint.crypto.Proof", {
  total: scalar(1, int64),
  index: scalar(2, int64),
  leaf_hash: scalar(3, bytes),
  aunts: repeatedScalar(4, bytes),
});

/** A piece of an encoded block with the proof of its place. */
export const Part = message("tendermint.types.Part", {
  index: scalar(1, uint32),
  bytes: scalar(2, bytes),
  proof: embedded(3, Proof),
});
export type Part = Infer<typeof Part>;

/** All parts of a block. */
export interface PartSet {
  header: PartSetHeader;
  parts: Part[];
}

/** Cuts an encoded block into parts. */
export function makePartSet(encodedBlock: Uint8Array): PartSet {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < encodedBlock.length; start += PART_SIZE) {
    pieces.push(encodedBlock.subarray(start, start + PART_SIZE));
  }
  const { root, proofs } = merkleProofs(pieces);
  return {
    header: { total: pieces.length, hash: root },
    parts: pieces.map((piece, index) => ({ index, bytes: piece, proof: proofs[index]! })),
  };
}

/**
 * Checks the form of a part that came from somebody else.
 * @throws ChainError
 */
export function checkPart({ index, bytes, proof }: Part): void {
  if (bytes.length > PART_SIZE) throw malformed("block part is too long", { length: bytes.length });
  if (BigInt(index) !== proof.index) throw malformed("block part and its proof disagree about the index");
  if (proof.index < proof.total - 1n && bytes.length !== PART_SIZE)
    throw malformed("block part is too short");
  if (proof.aunts.length > MAX_AUNTS) throw malformed("block part proof is too long");
  if ([proof.leaf_hash, ...proof.aunts].some((hash) => hash.length !== HASH_SIZE)) {
    throw malformed("block part proof has a hash that is not 32 bytes");
  }
}

/** Collects the parts of one block as they come, in any order. */
export class PartAssembly {
  readonly header: PartSetHeader;
  readonly #maxSize: number;
  readonly #parts: (Part | undefined)[];
  #count = 0;
  #size = 0;

  /**
   * @param header names the parts to collect
   * @param maxSize most bytes that all parts may have together
   * @throws ChainError when the header announces more parts than such a block can have
   */
  constructor(header: PartSetHeader, maxSize: number) {
    if (header.total > Math.ceil(maxSize / PART_SIZE)) {
      throw invalid("block has more parts than its size limit allows", { total: header.total, maxSize });
    }
    this.header = header;
    this.#maxSize = maxSize;
    this.#parts = new Array<Part | undefined>(header.total);
  }

  get isComplete(): boolean {
    return this.#count === this.header.total;
  }

  has(index: number): boolean {
    return this.#parts[index] !== undefined;
  }

  part(index: number): Part | null {
    return this.#parts[index] ?? null;
  }

  /** True when the part is new.
   * @throws ChainError when it is not of this set or makes the block too long
   */
  add(part: Part): boolean {
    if (part.index >= this.header.total)
      throw invalid("block part index is out of range", { index: part.index });
    if (this.has(part.index)) return false;
    if (part.proof.total !== BigInt(this.header.total) || part.proof.index !== BigInt(part.index)) {
      throw invalid("block part proof is for another place");
    }
    if (!verifyMerkleProof(part.proof, this.header.hash, part.bytes))
      throw invalid("block part proof does not hold");
    if (this.#size + part.bytes.length > this.#maxSize)
      throw invalid("block is too long", { maxSize: this.#maxSize });
    this.#parts[part.index] = part;
    this.#count += 1;
    this.#size += part.bytes.length;
    return true;
  }

  /** All parts, which must be there. */
  whole(): PartSet {
    if (!this.isComplete) throw invalid("block is not complete");
    return { header: this.header, parts: this.#parts.map((part) => part!) };
  }

  /** The encoded block. All parts must be there. */
  bytes(): Uint8Array {
    const { parts } = this.whole();
    return parts.length === 1 ? parts[0]!.bytes : concat(...parts.map((part) => part.bytes));
  }
}
