import { readUintBe, u32be } from "./bytes.ts";
import { CodecError } from "./errors.ts";

/** A frame begins with the length of its payload: 4 bytes, most significant first. */
const LENGTH_BYTES = 4;
/** First size of the buffer for a payload that comes in pieces; it grows as they arrive, not by what was announced. */
const FIRST_CAPACITY = 4096;

/** The payload with its length in front, as ParaTimes and P2P streams exchange it (facts/formats.md 1.3). */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_BYTES + payload.length);
  frame.set(u32be(payload.length));
  frame.set(payload, LENGTH_BYTES);
  return frame;
}

/** Puts the payloads of a byte stream together, however the stream is cut. */
export class FrameReader {
  readonly #maxLength: number;
  /** Length of the payload that is being read; `null` while the length itself is. */
  #length: number | null = null;
  /** What has come of the length or of the payload. */
  #buffer = new Uint8Array(FIRST_CAPACITY);
  #filled = 0;

  /** @param maxLength longest payload, in bytes; at most twice as much memory is used */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Bytes that wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /**
   * Takes the next piece of the stream and returns the payloads that it completes; they may be views of it.
   * @throws CodecError when a payload is longer than allowed; the stream cannot be read on then
   */
  push(chunk: Uint8Array): Uint8Array[] {
    // Sockets give Buffers, whose `slice` does not copy as that of other arrays does.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const payloads: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const wanted = this.#length ?? LENGTH_BYTES;
      const missing = wanted - this.#filled;
      const part = bytes.subarray(at, at + missing);
      at += part.length;
      if (part.length < missing) {
        this.#keep(part);
        return payloads;
      }
      const whole = this.#complete(part, wanted);
      if (this.#length === null) {
        this.#length = readUintBe(whole, 0, LENGTH_BYTES);
        if (this.#length > this.#maxLength)
          throw new CodecError(`frame of ${this.#length} bytes, at most ${this.#maxLength} are allowed`);
      } else {
        payloads.push(whole);
        this.#length = null;
      }
    }
  }

  /** The whole item, given its last part; kept parts are handed over with their buffer. */
  #complete(lastPart: Uint8Array, length: number): Uint8Array {
    if (this.#filled === 0) return lastPart;
    this.#keep(lastPart);
    const whole = this.#buffer.subarray(0, length);
    this.#buffer = new Uint8Array(FIRST_CAPACITY);
    this.#filled = 0;
    return whole;
  }

  #keep(part: Uint8Array): void {
    const needed = this.#filled + part.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#filled);
    this.#filled = needed;
  }
}
