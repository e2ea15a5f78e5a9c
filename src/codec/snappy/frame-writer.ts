import { crc32c } from "../crc32c.ts";
import { compressBlock, MAX_BLOCK, maxCompressedLength } from "./compress-block.ts";
import {
  CHECKSUM_BYTES,
  CHUNK_COMPRESSED,
  CHUNK_PLAIN,
  HEADER_BYTES,
  maskedChecksum,
  STREAM_ID,
} from "./frames.ts";

/**
 * Compresses a stream into Snappy frames, cut as golang/snappy v0.0.4 cuts them (facts/formats.md 6.7): what is written
 * is collected into blocks of 64 KiB, but a write that does not fit into an empty block is cut by itself, its short end
 * included. So it matters how the input is split into writes.
 */
export class SnappyFrameWriter {
  readonly #sink: (bytes: Uint8Array) => void;
  readonly #block = new Uint8Array(MAX_BLOCK);
  readonly #frame = new Uint8Array(HEADER_BYTES + CHECKSUM_BYTES + maxCompressedLength(MAX_BLOCK));
  #filled = 0;
  #begun = false;

  /** @param sink gets the frames; it must not keep the bytes, they are used again */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): void {
    let from = 0;
    while (bytes.length - from > MAX_BLOCK - this.#filled) {
      if (this.#filled === 0) {
        for (; from < bytes.length; from += MAX_BLOCK) this.#put(bytes.subarray(from, from + MAX_BLOCK));
        return;
      }
      const end = from + MAX_BLOCK - this.#filled;
      this.#collect(bytes.subarray(from, end));
      this.#flush();
      from = end;
    }
    this.#collect(bytes.subarray(from));
  }

  /** Writes what is collected. A stream to which nothing was written stays empty. */
  end(): void {
    this.#flush();
  }

  #collect(bytes: Uint8Array): void {
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  #flush(): void {
    if (this.#filled === 0) return;
    this.#put(this.#block.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #put(block: Uint8Array): void {
    if (!this.#begun) {
      this.#begun = true;
      this.#sink(STREAM_ID);
    }
    const frame = this.#frame;
    const bodyStart = HEADER_BYTES + CHECKSUM_BYTES;
    let length = compressBlock(block, frame.subarray(bodyStart));
    const isWorthIt = length < block.length - Math.floor(block.length / 8);
    if (!isWorthIt) {
      frame.set(block, bodyStart);
      length = block.length;
    }
    frame[0] = isWorthIt ? CHUNK_COMPRESSED : CHUNK_PLAIN;
    putLe(frame, 1, CHECKSUM_BYTES + length, 3);
    putLe(frame, HEADER_BYTES, maskedChecksum(crc32c(block)), CHECKSUM_BYTES);
    this.#sink(frame.subarray(0, bodyStart + length));
  }
}

function putLe(bytes: Uint8Array, at: number, value: number, length: number): void {
  for (let i = 0; i < length; i++) bytes[at + i] = value >>> (8 * i);
}
