import { readUintBe, u32be } from "./bytes.ts";
import { CodecError } from "./errors.ts";

/** A frame begins with the length of its payload: 4 bytes, most significant first. */
const LENGTH_BYTES = 4;

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
  readonly #chunks: Uint8Array[] = [];
  #pending = 0;
  /** Length of the payload that is being read; `null` while its length is. */
  #length: number | null = null;

  /** @param maxLength longest payload, in bytes; memory used stays below this and one chunk */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Bytes that wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.#pending;
  }

  /**
   * Takes the next piece of the stream and returns the payloads that it completes.
   * @throws CodecError when a payload is longer than allowed; the stream cannot be read on then
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#pending += chunk.length;
    const payloads: Uint8Array[] = [];
    for (;;) {
      if (this.#length === null) {
        if (this.#pending < LENGTH_BYTES) return payloads;
        this.#length = readUintBe(this.#take(LENGTH_BYTES), 0, LENGTH_BYTES);
        if (this.#length > this.#maxLength)
          throw new CodecError(`frame of ${this.#length} bytes, at most ${this.#maxLength} are allowed`);
      }
      if (this.#pending < this.#length) return payloads;
      payloads.push(this.#take(this.#length));
      this.#length = null;
    }
  }

  #take(length: number): Uint8Array {
    this.#pending -= length;
    const first = this.#chunks[0];
    if (length > 0 && first !== undefined && first.length >= length) {
      if (first.length === length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const out = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(0, length - at);
      out.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    return out;
  }
}
