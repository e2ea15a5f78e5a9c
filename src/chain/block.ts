import { equal } from "../codec/bytes.ts";
import { varintLength } from "../codec/proto.ts";
import { sha256 } from "../crypto/hash.ts";
import { Commit, checkCommit, commitHash } from "./commit.ts";
import { invalid, malformed } from "./errors.ts";
import { checkedEvidence, type Evidence, EvidenceList, evidenceListHash } from "./evidence/evidence.ts";
import { checkHeader, Header } from "./header.ts";
import { merkleRoot } from "./merkle.ts";
import { bytes, decode, embedded, encode, message, optional, repeatedScalar } from "./wire.ts";

/** Largest block that any consensus parameters may allow, in bytes. */
export const MAX_BLOCK_SIZE = 104_857_600;

/** Most bytes that header, commit and framing take in a block (cometbft.md 4.6). */
const MAX_HEADER_SIZE = 626n;
const MAX_BLOCK_OVERHEAD = 11n;
const MAX_COMMIT_OVERHEAD = 94n;
const MAX_COMMIT_SIG_SIZE = 111n;

const Data = message("tendermint.types.Data", { txs: repeatedScalar(1, bytes) });

const BlockProto = message("tendermint.types.Block", {
  header: embedded(1, Header),
  data: embedded(2, Data),
  evidence: embedded(3, EvidenceList),
  last_commit: optional(4, Commit),
});

/** One block. Treated as immutable. */
export interface Block {
  header: Header;
  /** Transactions, signed and encoded. */
  txs: Uint8Array[];
  evidence: Evidence[];
  /** Commit for the previous height; empty at the initial one. */
  last_commit: Commit;
}

export function encodeBlock({ header, txs, evidence, last_commit }: Block): Uint8Array {
  return encode(BlockProto, { header, data: { txs }, evidence: { evidence }, last_commit });
}

/**
 * Decodes a block and checks what needs no state: the form of everything in it, and that the header's hashes are
 * those of the content.
 * @throws CodecError, ChainError
 */
export function decodeBlock(encoded: Uint8Array): Block {
  const block = parseBlock(encoded);
  checkBlock(block);
  return block;
}

/**
 * Decodes a block that was checked before, for example one of our own store.
 * @throws CodecError, ChainError
 */
export function parseBlock(encoded: Uint8Array): Block {
  const { header, data, evidence, last_commit } = decode(BlockProto, encoded);
  if (last_commit === null) throw malformed("block without a last commit");
  return { header, txs: data.txs, evidence: evidence.evidence.map(checkedEvidence), last_commit };
}

/**
 * The check of {@link decodeBlock}, for a block that is at hand.
 * @throws ChainError
 */
export function checkBlock({ header, txs, evidence, last_commit }: Block): void {
  checkHeader(header);
  checkCommit(last_commit);
  if (!equal(header.last_commit_hash, commitHash(last_commit))) throw invalid("last commit hash differs");
  if (!equal(header.data_hash, dataHash(txs))) throw invalid("data hash differs");
  if (!equal(header.evidence_hash, evidenceListHash(evidence))) throw invalid("evidence hash differs");
}

/** Hash of a transaction: its name in the mempool, and its leaf in the `data_hash`. */
export function txHash(tx: Uint8Array): Uint8Array {
  return sha256(tx);
}

/** Root over the hashes of the transactions: the `data_hash` of headers. */
export function dataHash(txs: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(txs.map(txHash));
}

/** Bytes that `Data` takes with these transactions in it. */
export function dataSize(txs: readonly Uint8Array[]): bigint {
  let size = 0n;
  for (const tx of txs) size += txSize(tx);
  return size;
}

/** Bytes that one transaction adds to `Data`: itself, its length and a tag. */
export function txSize(tx: Uint8Array): bigint {
  return BigInt(1 + varintLength(tx.length) + tx.length);
}

/**
 * Bytes left for `Data` in a block.
 * @throws ChainError when not even an empty block fits
 */
export function maxDataSize(maxBlockSize: bigint, evidenceBytes: bigint, validators: number): bigint {
  const commitSize = MAX_COMMIT_OVERHEAD + MAX_COMMIT_SIG_SIZE * BigInt(validators);
  const left = maxBlockSize - MAX_BLOCK_OVERHEAD - MAX_HEADER_SIZE - commitSize - evidenceBytes;
  if (left < 0n)
    throw invalid("the block size limit leaves no room for transactions", { maxBlockSize, validators });
  return left;
}
