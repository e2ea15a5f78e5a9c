import {
  FALSE,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_TEXT,
  MAJOR_UINT,
  MAX_I64,
  MAX_U64,
  NULL,
  TRUE,
  TWO_POW_32,
} from "./cbor.ts";

const utf8Encoder = new TextEncoder();

/** Writes canonical CBOR (shortest heads, definite lengths) into one growing buffer. Order of map keys is the caller's. */
export class CborWriter {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacity = 512) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written; the buffer stays for the next value. */
  reset(): void {
    this.#length = 0;
  }

  /** Forgets what was written from a position on. */
  rewind(length: number): void {
    this.#length = length;
  }

  /** Order, shorter ones first, of the part from `a` to `aEnd` and the part from `b` to the end. */
  compareParts(a: number, aEnd: number, b: number): number {
    const length = aEnd - a;
    const difference = length - (this.#length - b);
    if (difference !== 0) return difference;
    for (let i = 0; i < length; i++) {
      const order = this.#buffer[a + i]! - this.#buffer[b + i]!;
      if (order !== 0) return order;
    }
    return 0;
  }

  /** A copy of everything written, or of the part from `start`. */
  toBytes(start = 0): Uint8Array {
    return this.#buffer.slice(start, this.#length);
  }

  /** Head of an item whose argument is below 2^53. */
  head(major: number, argument: number): void {
    this.#reserve(9);
    const buffer = this.#buffer;
    const type = major << 5;
    let at = this.#length;
    if (argument < 24) {
      buffer[at++] = type | argument;
    } else if (argument < 0x100) {
      buffer[at++] = type | 24;
      buffer[at++] = argument;
    } else if (argument < 0x1_0000) {
      buffer[at++] = type | 25;
      buffer[at++] = argument >>> 8;
      buffer[at++] = argument;
    } else {
      const high = Math.floor(argument / TWO_POW_32);
      buffer[at++] = type | (high === 0 ? 26 : 27);
      if (high !== 0) {
        buffer[at++] = high >>> 24;
        buffer[at++] = high >>> 16;
        buffer[at++] = high >>> 8;
        buffer[at++] = high;
      }
      buffer[at++] = argument >>> 24;
      buffer[at++] = argument >>> 16;
      buffer[at++] = argument >>> 8;
      buffer[at++] = argument;
    }
    this.#length = at;
  }

  uint(value: number): void {
    this.head(MAJOR_UINT, value);
  }

  /** @throws RangeError when the value is no u64: a mistake of the caller, not of the input */
  uint64(value: bigint): void {
    if (value < 0n || value > MAX_U64) throw new RangeError(`${value} is not a 64-bit unsigned integer`);
    this.#head64(MAJOR_UINT, value);
  }

  /** @throws RangeError when the value is no i64 */
  int64(value: bigint): void {
    if (value > MAX_I64 || value < -MAX_I64 - 1n) throw new RangeError(`${value} is not a 64-bit integer`);
    if (value >= 0n) this.#head64(MAJOR_UINT, value);
    else this.#head64(MAJOR_NEGATIVE, -1n - value);
  }

  bool(value: boolean): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value ? TRUE : FALSE;
  }

  null(): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = NULL;
  }

  bytes(value: Uint8Array): void {
    this.head(MAJOR_BYTES, value.length);
    this.raw(value);
  }

  text(value: string): void {
    const length = value.length;
    this.#reserve(9 + 3 * length);
    const start = this.#length;
    this.head(MAJOR_TEXT, length);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = start;
        this.#textUtf8(value);
        return;
      }
      buffer[at++] = unit;
    }
    this.#length = at;
  }

  array(count: number): void {
    this.head(MAJOR_ARRAY, count);
  }

  map(pairs: number): void {
    this.head(MAJOR_MAP, pairs);
  }

  /** Bytes that are CBOR already. */
  raw(value: Uint8Array): void {
    const length = value.length;
    this.#reserve(length);
    if (length <= 24) {
      const buffer = this.#buffer;
      const at = this.#length;
      for (let i = 0; i < length; i++) buffer[at + i] = value[i]!;
    } else {
      this.#buffer.set(value, this.#length);
    }
    this.#length += length;
  }

  #textUtf8(value: string): void {
    const encoded = utf8Encoder.encode(value);
    this.head(MAJOR_TEXT, encoded.length);
    this.raw(encoded);
  }

  #head64(major: number, argument: bigint): void {
    if (argument <= 0xffff_ffffn) {
      this.head(major, Number(argument));
      return;
    }
    this.#reserve(9);
    const low = Number(argument & 0xffff_ffffn);
    const high = Number(argument >> 32n);
    const buffer = this.#buffer;
    const at = this.#length;
    buffer[at] = (major << 5) | 27;
    buffer[at + 1] = high >>> 24;
    buffer[at + 2] = high >>> 16;
    buffer[at + 3] = high >>> 8;
    buffer[at + 4] = high;
    buffer[at + 5] = low >>> 24;
    buffer[at + 6] = low >>> 16;
    buffer[at + 7] = low >>> 8;
    buffer[at + 8] = low;
    this.#length = at + 9;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
