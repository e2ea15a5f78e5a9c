import { CborReader } from "../../codec/cbor-reader.ts";
import type { Hash } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { bytes } from "../../codec/scalars.ts";
import { expandedBlocks } from "../../codec/snappy/expand-frames.ts";
import type { Ref } from "../mkvs/node.ts";
import { verifyProofInSteps } from "../proof/verify-proof.ts";

/** Longest chunk that is expanded. Chunks of Mainnet end at 8 MiB; only a single long value makes one longer. */
const MAX_EXPANDED_BYTES = 128 << 20;
/** Entries that are read in one step. */
const ENTRIES_A_STEP = 1024;

/**
 * The part of the tree `root` that a chunk carries, a bit at a time.
 * @returns the top; references to what the chunk leaves out have no node. Null for the empty tree
 * @throws BadChunk when the chunk is malformed or proves nothing about the root
 */
export function* readChunk(root: Hash, chunk: Uint8Array): Generator<void, Ref | null> {
  try {
    return yield* read(root, chunk);
  } catch (error) {
    if (error instanceof QanatError) throw new BadChunk(error);
    throw error;
  }
}

/** A chunk that does not belong to the tree that it was said to belong to. */
export class BadChunk extends QanatError {
  constructor(cause: QanatError) {
    super("storage/bad-chunk", cause.message, cause.data, { cause });
    this.name = "BadChunk";
  }
}

function* read(root: Hash, chunk: Uint8Array): Generator<void, Ref | null> {
  const blocks: Uint8Array[] = [];
  for (const block of expandedBlocks(chunk, MAX_EXPANDED_BYTES)) {
    blocks.push(block);
    yield;
  }
  const reader = new CborReader(joined(blocks));
  const entries: (Uint8Array | null)[] = [];
  while (!reader.atEnd) {
    entries.push(bytes.read(reader));
    if (entries.length % ENTRIES_A_STEP === 0) yield;
  }
  return yield* verifyProofInSteps(root, { v: 0, untrusted_root: root, entries });
}

/** Not `concat`, whose arguments are limited in number. */
function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(blocks.reduce((length, block) => length + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
