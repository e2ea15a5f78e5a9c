import { concat, equal } from "../codec/bytes.ts";
import { malformed } from "./errors.ts";
import { bytes, embedded, encode, type Infer, message, scalar, uint32 } from "./wire.ts";

/** Bytes of every hash of the chain (SHA-256). */
export const HASH_SIZE = 32;

/** What names the parts of a block: how many there are and the Merkle root over them. */
export const PartSetHeader = message("tendermint.types.PartSetHeader", {
  total: scalar(1, uint32),
  hash: scalar(2, bytes),
});
export type PartSetHeader = Infer<typeof PartSetHeader>;

/** Names a block twice: by the hash of its header and by the root of its parts. All zero: no block ("nil"). */
export const BlockID = message("tendermint.types.BlockID", {
  hash: scalar(1, bytes),
  part_set_header: embedded(2, PartSetHeader),
});
export type BlockID = Infer<typeof BlockID>;

/** The block id of a vote for no block. */
export const NIL_BLOCK_ID: BlockID = BlockID.zero();

export function isNilBlockId({ hash, part_set_header: parts }: BlockID): boolean {
  return hash.length === 0 && parts.total === 0 && parts.hash.length === 0;
}

/** Whether both names are there. */
export function isCompleteBlockId({ hash, part_set_header: parts }: BlockID): boolean {
  return hash.length === HASH_SIZE && parts.total > 0 && parts.hash.length === HASH_SIZE;
}

export function equalBlockIds(a: BlockID, b: BlockID): boolean {
  return equal(a.hash, b.hash) && equalPartSetHeaders(a.part_set_header, b.part_set_header);
}

export function equalPartSetHeaders(a: PartSetHeader, b: PartSetHeader): boolean {
  return a.total === b.total && equal(a.hash, b.hash);
}

/** Bytes that order block ids in evidence: the hash, then the encoded part set header (cometbft.md 4.2). */
export function blockIdKey({ hash, part_set_header: parts }: BlockID): Uint8Array {
  return concat(hash, encode(PartSetHeader, parts));
}

/** @throws ChainError unless each hash is absent or 32 bytes */
export function checkBlockId({ hash, part_set_header: parts }: BlockID): void {
  checkHash("block id hash", hash);
  checkHash("part set hash", parts.hash);
}

/** @throws ChainError unless the hash is absent or 32 bytes */
export function checkHash(name: string, hash: Uint8Array): void {
  if (hash.length !== 0 && hash.length !== HASH_SIZE)
    throw malformed(`${name} is not 32 bytes`, { length: hash.length });
}
