import { ProtoWriter } from "../../codec/proto.ts";
import { malformed } from "./errors.ts";

/** A length takes at most this many bytes: what we read is below 2^28. */
const MAX_LENGTH_BYTES = 4;
const INITIAL_CAPACITY = 2048;

/** What `write` writes, behind its length. */
export function delimited(write: (w: ProtoWriter) => void): Uint8Array {
  const w = new ProtoWriter();
  w.nested(() => write(w));
  return w.finish();
}

/** Takes messages behind their lengths out of a byte stream, however the stream is cut. */
export class DelimitedReader {
  #buffer = new Uint8Array(INITIAL_CAPACITY);
  #start = 0;
  #end = 0;

  /** Bytes that have not been taken out. */
  get bufferedBytes(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * The next message, as a view that lasts until the next `push`; null until it is complete.
   * @param maxLength longest message in bytes
   * @throws PeerFault when it is longer; the stream cannot be read on then
   */
  next(maxLength: number): Uint8Array | null {
    let length = 0;
    for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
      const at = this.#start + i;
      if (at >= this.#end) return null;
      const byte = this.#buffer[at]!;
      length += (byte & 0x7f) * 0x80 ** i;
      if (byte >= 0x80) continue;
      if (length > maxLength) throw malformed("a message is too long", { length, maxLength });
      const from = at + 1;
      if (from + length > this.#end) return null;
      this.#start = from + length;
      return this.#buffer.subarray(from, from + length);
    }
    throw malformed("a message is too long", { maxLength });
  }

  #makeRoom(extra: number): void {
    const kept = this.#end - this.#start;
    const needed = kept + extra;
    const target = needed <= this.#buffer.length ? this.#buffer : new Uint8Array(Math.max(needed, 2 * kept));
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = kept;
  }
}
