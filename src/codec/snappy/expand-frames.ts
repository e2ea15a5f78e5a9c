import { concat, equal } from "../bytes.ts";
import { crc32c } from "../crc32c.ts";
import { CodecError } from "../errors.ts";
import { MAX_BLOCK, maxCompressedLength } from "./compress-block.ts";
import { decompressBlock } from "./decompress-block.ts";
import {
  CHECKSUM_BYTES,
  CHUNK_COMPRESSED,
  CHUNK_PLAIN,
  CHUNK_STREAM_ID,
  FIRST_SKIPPABLE,
  HEADER_BYTES,
  maskedChecksum,
  STREAM_ID,
} from "./frames.ts";

/** Longest content of a frame that readers of the network take. */
const MAX_FRAME = CHECKSUM_BYTES + maxCompressedLength(MAX_BLOCK);

/**
 * Expands a stream of Snappy frames, checksums verified, as the network's reader does (golang/snappy v0.0.4).
 * @param maxLength longest result that is accepted, in bytes
 * @throws CodecError when the stream is malformed, ends in the middle or is longer than allowed
 */
export function expandFrames(stream: Uint8Array, maxLength: number): Uint8Array {
  return concat(...expandedBlocks(stream, maxLength));
}

/** As {@link expandFrames}, one block of at most 64 KiB at a time; it may be a view of the stream. */
export function* expandedBlocks(stream: Uint8Array, maxLength: number): Generator<Uint8Array, void> {
  let length = 0;
  let begun = false;
  for (let at = 0; at < stream.length; ) {
    if (stream.length - at < HEADER_BYTES) throw malformed();
    const kind = stream[at]!;
    const end = at + HEADER_BYTES + (stream[at + 1]! | (stream[at + 2]! << 8) | (stream[at + 3]! << 16));
    const content = stream.subarray(at + HEADER_BYTES, end);
    if (end > stream.length || content.length > MAX_FRAME) throw malformed();
    if (kind === CHUNK_STREAM_ID) {
      if (!equal(stream.subarray(at, end), STREAM_ID)) throw malformed();
      begun = true;
    } else if (!begun || (kind > CHUNK_PLAIN && kind < FIRST_SKIPPABLE)) {
      throw malformed();
    } else if (kind === CHUNK_COMPRESSED || kind === CHUNK_PLAIN) {
      const block = expandFrame(kind, content);
      length += block.length;
      if (length > maxLength) throw new CodecError(`snappy: stream is longer than ${maxLength} bytes`);
      yield block;
    }
    at = end;
  }
}

function expandFrame(kind: number, content: Uint8Array): Uint8Array {
  if (content.length < CHECKSUM_BYTES) throw malformed();
  const body = content.subarray(CHECKSUM_BYTES);
  if (kind === CHUNK_PLAIN && body.length > MAX_BLOCK) throw malformed();
  const block = kind === CHUNK_PLAIN ? body : decompressBlock(body, MAX_BLOCK);
  const checksum = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  if (maskedChecksum(crc32c(block)) !== checksum) throw new CodecError("snappy: wrong checksum");
  return block;
}

function malformed(): CodecError {
  return new CodecError("snappy: malformed stream");
}
