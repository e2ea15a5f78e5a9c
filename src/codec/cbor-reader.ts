import { fromUtf8 } from "./bytes.ts";
import {
  FALSE,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_SIMPLE,
  MAJOR_TAG,
  MAJOR_TEXT,
  MAJOR_UINT,
  MAX_ENTRIES,
  MAX_I64,
  MAX_NESTING,
  NULL,
  TRUE,
  TWO_POW_32,
  UNDEFINED,
} from "./cbor.ts";
import { CodecError } from "./errors.ts";

const MAJOR_NAMES = [
  "integer",
  "negative integer",
  "byte string",
  "text",
  "array",
  "map",
  "tag",
  "simple value",
];
const SMALL_BIGINTS = Array.from({ length: 256 }, (_, i) => BigInt(i));

/**
 * Cursor over CBOR with the network decoder's rules: no tags, no indefinite lengths, bounded nesting and counts,
 * nothing read beyond the input. Typed reads are lenient the way facts/formats.md 1.3 lists; what `null` means is
 * decided by the codecs on top.
 *
 * Every method throws CodecError on input that does not fit.
 */
export class CborReader {
  readonly bytes: Uint8Array;
  /** Whether unknown struct fields are skipped (`rpc`) or refused (`untrusted`). */
  readonly skipUnknown: boolean;
  offset = 0;
  #depth = 0;
  /** Low five bits of the last head: the argument itself or its width. */
  #info = 0;
  /** Argument of the last head; exact below 2^53. */
  #argument = 0;
  #high = 0;
  #low = 0;

  constructor(bytes: Uint8Array, skipUnknown = false) {
    this.bytes = bytes;
    this.skipUnknown = skipUnknown;
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  /** Major type of the next item, without consuming it. */
  peekMajor(): number {
    if (this.offset >= this.bytes.length) throw this.error("unexpected end of input");
    return this.bytes[this.offset]! >> 5;
  }

  /** Whether the next item is null or undefined, without consuming it. */
  peekNull(): boolean {
    const byte = this.bytes[this.offset];
    return byte === NULL || byte === UNDEFINED;
  }

  /** Consumes null or undefined if it comes next. */
  takeNull(): boolean {
    const byte = this.bytes[this.offset];
    if (byte !== NULL && byte !== UNDEFINED) return false;
    this.offset++;
    return true;
  }

  bool(): boolean {
    const byte = this.bytes[this.offset];
    if (byte !== TRUE && byte !== FALSE) throw this.unexpected("a boolean");
    this.offset++;
    return byte === TRUE;
  }

  /** Unsigned integer up to `max` (at most 2^53 - 1). */
  uint(max: number): number {
    const start = this.offset;
    if (!this.#isUnsigned(this.#head())) throw this.unexpected("an unsigned integer", start);
    if (this.#argument > max) throw this.error(`integer above ${max}`, start);
    return this.#argument;
  }

  uint64(): bigint {
    const start = this.offset;
    if (!this.#isUnsigned(this.#head())) throw this.unexpected("an unsigned integer", start);
    return this.#argument64();
  }

  int64(): bigint {
    const start = this.offset;
    const major = this.#head();
    if (major !== MAJOR_NEGATIVE && !this.#isUnsigned(major)) throw this.unexpected("an integer", start);
    const argument = this.#argument64();
    if (argument > MAX_I64) throw this.error("integer outside 64 bits", start);
    return major === MAJOR_NEGATIVE ? -1n - argument : argument;
  }

  /** Content of a byte string, copied. */
  byteString(): Uint8Array {
    const [start, end] = this.#string(MAJOR_BYTES, "a byte string");
    return this.bytes.slice(start, end);
  }

  /** Where the content of the byte string that comes next lies; the cursor moves behind it. */
  byteStringRange(): readonly [start: number, end: number] {
    return this.#string(MAJOR_BYTES, "a byte string");
  }

  text(): string {
    const [start, end] = this.#string(MAJOR_TEXT, "text");
    return fromUtf8(this.bytes, start, end);
  }

  /** Where the UTF-8 of the text that comes next lies, unchecked; the cursor moves behind it. */
  textRange(): readonly [start: number, end: number] {
    return this.#string(MAJOR_TEXT, "text");
  }

  /** Enters an array and returns its count; `leave` when its elements are read. */
  enterArray(): number {
    const start = this.offset;
    if (this.#head() !== MAJOR_ARRAY) throw this.unexpected("an array", start);
    return this.#enter(1, start);
  }

  /** Enters a map and returns its number of pairs; `leave` when they are read. */
  enterMap(): number {
    const start = this.offset;
    if (this.#head() !== MAJOR_MAP) throw this.unexpected("a map", start);
    return this.#enter(2, start);
  }

  leave(): void {
    this.#depth--;
  }

  /** Moves over one item, checking that it is well-formed (but not that its texts are UTF-8). */
  skip(): void {
    const start = this.offset;
    const major = this.#head();
    switch (major) {
      case MAJOR_BYTES:
      case MAJOR_TEXT:
        this.#content(start);
        break;
      case MAJOR_ARRAY:
      case MAJOR_MAP: {
        const items = this.#enter(major === MAJOR_MAP ? 2 : 1, start) * (major === MAJOR_MAP ? 2 : 1);
        for (let i = 0; i < items; i++) this.skip();
        this.leave();
        break;
      }
    }
  }

  /** The encoding of the next item, copied as it stands. */
  rawItem(): Uint8Array {
    const start = this.offset;
    this.skip();
    return this.bytes.slice(start, this.offset);
  }

  /** What a struct key that is an integer counts as; wraps to 64 bits signed as the network's decoder does. */
  integerKey(): bigint {
    const start = this.offset;
    const major = this.#head();
    const argument = this.#argument64();
    if (major === MAJOR_UINT) return BigInt.asIntN(64, argument);
    if (major !== MAJOR_NEGATIVE || argument > MAX_I64) throw this.unexpected("a field name", start);
    return -1n - argument;
  }

  /** Any number: integers wrapped to 64 bits signed, and floats of 16, 32 and 64 bits. */
  number(): number | bigint {
    const start = this.offset;
    const byte = this.bytes[start];
    if (byte === undefined || byte < 0xf9 || byte > 0xfb) {
      return this.peekMajor() === MAJOR_NEGATIVE ? this.int64() : BigInt.asIntN(64, this.uint64());
    }
    this.#head();
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + start + 1, this.offset - start - 1);
    if (byte === 0xf9) return halfToNumber(view.getUint16(0));
    return byte === 0xfa ? view.getFloat32(0) : view.getFloat64(0);
  }

  error(reason: string, offset = this.offset): CodecError {
    return new CodecError(`${reason} (at byte ${offset})`);
  }

  /** The error for an item of another type than wanted. */
  unexpected(wanted: string, offset = this.offset): CodecError {
    const byte = this.bytes[offset];
    if (byte === undefined) return this.error("unexpected end of input", offset);
    const found =
      byte === NULL ? "null" : byte === TRUE || byte === FALSE ? "a boolean" : MAJOR_NAMES[byte >> 5];
    return this.error(`expected ${wanted}, found ${found}`, offset);
  }

  #isUnsigned(major: number): boolean {
    if (major === MAJOR_UINT) return true;
    if (major !== MAJOR_SIMPLE) return false;
    // Simple values without a meaning count as their number: one-byte ones below 20, two-byte ones from 32.
    return this.#info < 20 || this.#info === 24;
  }

  #argument64(): bigint {
    const argument = this.#argument;
    if (argument < 256) return SMALL_BIGINTS[argument]!;
    if (argument <= Number.MAX_SAFE_INTEGER) return BigInt(argument);
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  #string(major: number, wanted: string): readonly [number, number] {
    const start = this.offset;
    if (this.#head() !== major) throw this.unexpected(wanted, start);
    const content = this.offset;
    this.#content(start);
    return [content, this.offset];
  }

  #content(start: number): void {
    if (this.#argument > this.bytes.length - this.offset)
      throw this.error("string longer than the input", start);
    this.offset += this.#argument;
  }

  #enter(itemsPerEntry: number, start: number): number {
    const count = this.#argument;
    if (++this.#depth > MAX_NESTING) throw this.error(`more than ${MAX_NESTING} levels of nesting`, start);
    if (count > MAX_ENTRIES) throw this.error(`more than ${MAX_ENTRIES} entries`, start);
    // Every item takes at least a byte: nothing is allocated for entries that cannot be there.
    if (count * itemsPerEntry > this.bytes.length - this.offset)
      throw this.error("unexpected end of input", start);
    return count;
  }

  #head(): number {
    const bytes = this.bytes;
    const start = this.offset;
    if (start >= bytes.length) throw this.error("unexpected end of input");
    const first = bytes[start]!;
    const major = first >> 5;
    const info = first & 31;
    this.#info = info;
    if (major === MAJOR_TAG) throw this.error("tags are not allowed");
    if (info < 24) {
      this.#argument = info;
      this.offset = start + 1;
      return major;
    }
    if (info > 27)
      throw this.error(info === 31 ? "indefinite lengths are not allowed" : "reserved length form");
    const width = 1 << (info - 24);
    if (start + 1 + width > bytes.length) throw this.error("unexpected end of input");
    this.offset = start + 1 + width;
    if (width === 1) {
      this.#argument = bytes[start + 1]!;
      if (major === MAJOR_SIMPLE && this.#argument < 32) throw this.error("invalid simple value", start);
    } else if (width === 2) {
      this.#argument = bytes[start + 1]! * 256 + bytes[start + 2]!;
    } else if (width === 4) {
      this.#argument = word(bytes, start + 1);
    } else {
      this.#high = word(bytes, start + 1);
      this.#low = word(bytes, start + 5);
      this.#argument = this.#high * TWO_POW_32 + this.#low;
    }
    return major;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (fraction + 1024) * 2 ** (exponent - 25);
}
