import { createReadStream, readFileSync } from "node:fs";
import { createGunzip, gunzipSync } from "node:zlib";
import { concat, fromHex, fromUtf8 } from "../codec/bytes.ts";
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
/** How much text is unpacked at a time: a height or a few. Each step goes to another thread and back. */
const UNPACKED_BYTES = 256 * 1024;

/**
 * Reads a recorded chain: gzip of one JSON object a line, a line a height.
 * @throws ChainError naming the line that does not decode; the system's error when the file cannot be read
 */
export function* readRecordedChain(path: string): Iterable<RecordedHeight> {
  const lines = new Lines();
  yield* lines.push(gunzipSync(readFileSync(path)));
  yield* lines.end();
}

/** As {@link readRecordedChain}, but never holds more of the file than a height. */
export async function* streamRecordedChain(path: string): AsyncIterable<RecordedHeight> {
  const lines = new Lines();
  const text = createGunzip({ chunkSize: UNPACKED_BYTES });
  createReadStream(path)
    .on("error", (error) => text.destroy(error))
    .pipe(text);
  for await (const chunk of text) yield* lines.push(chunk as Uint8Array);
  yield* lines.end();
}

/** Takes a text in pieces and gives what its lines say. */
class Lines {
  #rest: Uint8Array = new Uint8Array(0);
  #number = 0;

  *push(piece: Uint8Array): Iterable<RecordedHeight> {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      yield* this.#line(concat(this.#rest, piece.subarray(start, end)));
      this.#rest = new Uint8Array(0);
      start = end + 1;
    }
    this.#rest = concat(this.#rest, piece.subarray(start));
  }

  /** The last line needs no newline. */
  end(): Iterable<RecordedHeight> {
    return this.#line(this.#rest);
  }

  *#line(line: Uint8Array): Iterable<RecordedHeight> {
    this.#number++;
    if (line.length > 0) yield parseLine(fromUtf8(line), this.#number);
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
function nativeFromBase64(text: string): Uint8Array<ArrayBuffer> {
  // A copy, because what Node gives may be a part of memory that it shares between buffers.
  return new Uint8Array(Buffer.from(text, "base64"));
}
