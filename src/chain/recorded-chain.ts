import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fromHex, fromUtf8 } from "../codec/bytes.ts";
import { Commit } from "./commit.ts";
import { ChainError } from "./errors.ts";
import { decode } from "./wire.ts";

/** One height of a chain recorded from a network of the official node. */
export interface RecordedHeight {
  height: bigint;
  /** Protobuf `tendermint.types.Block`. */
  block: Uint8Array;
  /** Header hash. */
  hash: Uint8Array;
  /** Protobuf `tendermint.state.ABCIResponses`. */
  results: Uint8Array;
  /** Commit for the block; only at the last height, elsewhere it is in the next block. */
  seenCommit: Commit | null;
  /** State root after the block. */
  stateRoot: Uint8Array;
  /** State keys that the block changed, in key order, null where removed; null when the root did not change. */
  readonly writes: RecordedWrite[] | null;
}

/** A state key that a block changed. */
export interface RecordedWrite {
  readonly key: Uint8Array;
  /** Null where the key was removed. */
  readonly value: Uint8Array | null;
}

interface RecordedLine {
  height: number;
  block: string;
  block_id_hash: string;
  results: string;
  seen_commit?: string;
  state_root: string;
  writes?: { k: string; v: string | null }[];
}

const NEWLINE = 0x0a;

/**
 * Reads a recorded chain: gzip of one JSON object a line, a line a height.
 * @throws ChainError naming the line that does not decode; the system's error when the file cannot be read
 */
export function readRecordedChain(path: string): Iterable<RecordedHeight> {
  return parseRecordedChain(readFileSync(path));
}

/** As {@link readRecordedChain}, of a file's content. */
export function* parseRecordedChain(file: Uint8Array): Iterable<RecordedHeight> {
  const text = gunzipSync(file);
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    lineNumber += 1;
    if (end > start) yield parseLine(fromUtf8(text, start, end), lineNumber);
    start = end + 1;
  }
}
function parseLine(line: string, lineNumber: number): RecordedHeight {
  try {
    const recorded = JSON.parse(line) as RecordedLine;
    let writes: RecordedHeight["writes"] | undefined;
    return {
      height: BigInt(recorded.height),
      block: nativeFromBase64(recorded.block),
      hash: fromHex(recorded.block_id_hash),
      results: nativeFromBase64(recorded.results),
      seenCommit:
        recorded.seen_commit === undefined ? null : decode(Commit, nativeFromBase64(recorded.seen_commit)),
      stateRoot: fromHex(recorded.state_root),
      // Most of the file, and only looked at when something differs.
      get writes() {
        writes ??= decodeWrites(recorded.writes);
        return writes;
      },
    };
  } catch (cause) {
    throw new ChainError(
      "malformed",
      `line ${lineNumber} of the recorded chain does not decode`,
      {},
      { cause },
    );
  }
}

function decodeWrites(writes: RecordedLine["writes"]): RecordedHeight["writes"] {
  if (writes === undefined) return null;
  return writes.map(({ k, v }) => ({
    key: nativeFromBase64(k),
    value: v === null ? null : nativeFromBase64(v),
  }));
}

/** The platform's decoder: lenient, but a recorded chain proves itself, and much faster. */
function nativeFromBase64(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text, "base64");
  return new Uint8Array(buffer, byteOffset, length);
}
