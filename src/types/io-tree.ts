import { concat, startsWith } from "../codec/bytes.ts";
import { HASH_LENGTH, type Hash } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import { bytes, decode, encode, tuple, u32 } from "../codec/schema.ts";

/**
 * Keys and values of a round's I/O tree (facts/formats.md 8.1; oasis-core v26.1 go/runtime/transaction). The tree
 * starts empty each round: first all inputs, then their outputs and tags.
 */

const PREFIX_TRANSACTION = 0x54;
const PREFIX_TAG = 0x45;
const KIND_INPUT = 1;
const KIND_OUTPUT = 2;

/** All keys of transactions start with this. */
export const TRANSACTION_PREFIX = Uint8Array.of(PREFIX_TRANSACTION);
/** All keys of tags start with this. */
export const TAG_PREFIX = Uint8Array.of(PREFIX_TAG);
/** In place of a transaction's hash, this marks tags of the block as a whole. */
export const BLOCK_TAG_HASH: Hash = new Uint8Array(HASH_LENGTH);

/** Value of an input: the transaction and its place in the batch. */
export const InputArtifacts = tuple("InputArtifacts", [bytes, u32]);
/** Value of an output: what executing the transaction gave. */
export const OutputArtifacts = tuple("OutputArtifacts", [bytes]);

/** A tag: a key that clients search for, a value, and the hash of the transaction it belongs to. */
export interface Tag {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly txHash: Hash;
}

/** A transaction of a round as the tree holds it; `output` is null before it was executed. */
export interface RoundTransaction {
  readonly hash: Hash;
  readonly input: Uint8Array;
  readonly batchOrder: number;
  readonly output: Uint8Array | null;
}

/** A key of the tree, taken apart. */
export type IoKey =
  | { readonly kind: "input" | "output"; readonly txHash: Hash }
  | { readonly kind: "tag"; readonly key: Uint8Array; readonly txHash: Hash };

type Entries = Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
/** The part of a tree that reading needs. */
interface Searchable {
  prefix(prefix: Uint8Array): Entries;
}

export function inputKey(txHash: Hash): Uint8Array {
  return concat(TRANSACTION_PREFIX, txHash, Uint8Array.of(KIND_INPUT));
}

export function outputKey(txHash: Hash): Uint8Array {
  return concat(TRANSACTION_PREFIX, txHash, Uint8Array.of(KIND_OUTPUT));
}

export function tagKey(key: Uint8Array, txHash: Hash): Uint8Array {
  return concat(TAG_PREFIX, key, txHash);
}

export function encodeInput(input: Uint8Array, batchOrder: number): Uint8Array {
  return encode(InputArtifacts, [input, batchOrder]);
}

export function encodeOutput(output: Uint8Array): Uint8Array {
  return encode(OutputArtifacts, [output]);
}

/** Takes a key apart; `null` for keys that no round's tree has. */
export function parseIoKey(key: Uint8Array): IoKey | null {
  if (startsWith(key, TAG_PREFIX) && key.length >= 1 + HASH_LENGTH) {
    const split = key.length - HASH_LENGTH;
    return { kind: "tag", key: key.subarray(1, split), txHash: key.subarray(split) };
  }
  if (!startsWith(key, TRANSACTION_PREFIX) || key.length !== 2 + HASH_LENGTH) return null;
  const kind = key[1 + HASH_LENGTH];
  if (kind !== KIND_INPUT && kind !== KIND_OUTPUT) return null;
  return { kind: kind === KIND_INPUT ? "input" : "output", txHash: key.subarray(1, 1 + HASH_LENGTH) };
}

/**
 * All transactions of a round in batch order.
 * @throws CodecError when the tree is not one: bad values, an output without input, gaps in the order
 */
export function readTransactions(tree: Searchable): RoundTransaction[] {
  const transactions: RoundTransaction[] = [];
  for (const [key, value] of tree.prefix(TRANSACTION_PREFIX)) {
    const parsed = parseIoKey(key);
    if (parsed === null) throw new CodecError("unknown key in an I/O tree");
    if (parsed.kind === "input") {
      const [input, batchOrder] = decode(InputArtifacts, value);
      transactions.push({ hash: parsed.txHash, input: input ?? new Uint8Array(0), batchOrder, output: null });
      continue;
    }
    // Key order puts a transaction's output right behind its input.
    const last = transactions.at(-1);
    if (last === undefined || !startsWith(key.subarray(1), last.hash))
      throw new CodecError("output without input in an I/O tree");
    const [output] = decode(OutputArtifacts, value);
    transactions[transactions.length - 1] = { ...last, output: output ?? new Uint8Array(0) };
  }
  transactions.sort((a, b) => a.batchOrder - b.batchOrder);
  for (const [i, { batchOrder }] of transactions.entries())
    if (batchOrder !== i) throw new CodecError(`batch order ${batchOrder} where ${i} was due`);
  return transactions;
}

/** All tags of a round in key order, those of the block included. */
export function readTags(tree: Searchable): Tag[] {
  const tags: Tag[] = [];
  for (const [key, value] of tree.prefix(TAG_PREFIX)) {
    const parsed = parseIoKey(key);
    if (parsed?.kind === "tag") tags.push({ key: parsed.key, value, txHash: parsed.txHash });
  }
  return tags;
}
