import { fromUtf8, utf8 } from "./bytes.ts";
import { CodecError } from "./errors.ts";

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_START_GROUP = 3;
export const WIRE_END_GROUP = 4;
export const WIRE_FIXED32 = 5;

const INITIAL_CAPACITY = 256;
const MAX_VARINT_LENGTH = 10;
/** Values of varints of one byte. */
const SMALL_BIGINTS = Array.from({ length: 128 }, (_, i) => BigInt(i));
/** Groups inside one another in an unknown field; nobody sends any. */
const MAX_GROUP_DEPTH = 64;

/** Writes the protobuf wire format. What is left out when zero is the caller's matter. */
export class ProtoWriter {
  #buffer = new Uint8Array(INITIAL_CAPACITY);
  #length = 0;

  /** Forgets what was written; the buffer stays for the next message. */
  reset(): void {
    this.#length = 0;
  }

  /** Bytes that the buffer takes. */
  get capacity(): number {
    return this.#buffer.length;
  }

  tag(field: number, wireType: number): void {
    this.#small(field * 8 + wireType);
  }

  /** A negative value takes ten bytes, as int32 and int64 do. */
  varint(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      this.#small(value);
      return;
    }
    this.#reserve(MAX_VARINT_LENGTH);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#length++] = Number(rest);
  }

  /** sint64, also Go's signed varint. */
  zigzag(value: bigint): void {
    this.varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  /** fixed64 or, given a negative value, sfixed64: little-endian. */
  fixed64(value: bigint): void {
    this.#reserve(8);
    new DataView(this.#buffer.buffer).setBigUint64(this.#length, BigInt.asUintN(64, value), true);
    this.#length += 8;
  }

  bytes(value: Uint8Array): void {
    this.#small(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  text(value: string): void {
    const length = value.length;
    this.#reserve(MAX_VARINT_LENGTH + length);
    const start = this.#length;
    this.#small(length);
    const buffer = this.#buffer;
    const content = this.#length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = start;
        this.bytes(utf8(value));
        return;
      }
      buffer[content + i] = unit;
    }
    this.#length = content + length;
  }

  /** What `write` writes, behind its length. */
  nested(write: () => void): void {
    this.#reserve(1);
    const start = this.#length++;
    write();
    const size = this.#length - start - 1;
    if (size < 0x80) {
      this.#buffer[start] = size;
      return;
    }
    const extra = varintLength(size) - 1;
    this.#reserve(extra);
    this.#buffer.copyWithin(start + 1 + extra, start + 1, this.#length);
    this.#length = start;
    this.#small(size);
    this.#length += size;
  }

  /** A copy of everything written. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #small(value: number): void {
    this.#reserve(MAX_VARINT_LENGTH);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
    this.#buffer[this.#length++] = rest;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/**
 * Cursor over the protobuf wire format with gogoproto's rules: varints of up to ten bytes wrap to 64 bits, field
 * numbers are positive, unknown fields can be skipped, groups included. It never reads beyond its part of the bytes;
 * byte strings are views into them.
 *
 * Every method throws CodecError on input that does not fit.
 */
export class ProtoReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** Where the next byte is read. */
  get offset(): number {
    return this.#offset;
  }

  tag(): { field: number; wireType: number } {
    const small = this.#smallVarint();
    const raw = small ?? this.varint();
    const wireType = typeof raw === "number" ? raw & 7 : Number(raw & 7n);
    const field = typeof raw === "number" ? raw >> 3 : Number(BigInt.asIntN(32, raw >> 3n));
    if (field <= 0) throw new CodecError("illegal protobuf field number");
    if (wireType === WIRE_END_GROUP) throw new CodecError("protobuf group ends without a start");
    return { field, wireType };
  }

  /** Modulo 2^64. */
  varint(): bigint {
    const small = this.#smallVarint();
    if (small !== undefined && small < 0x80) return SMALL_BIGINTS[small]!;
    if (small !== undefined) return BigInt(small);
    // The first 49 bits fit a number.
    let low = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt(low);
      scale *= 0x80;
    }
    let value = BigInt(low);
    for (let i = 7; i < MAX_VARINT_LENGTH; i++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new CodecError("protobuf integer is too long");
  }

  zigzag(): bigint {
    const raw = this.varint();
    return (raw >> 1n) ^ -(raw & 1n);
  }

  /** Unsigned; for sfixed64 wrap it with `BigInt.asIntN(64, …)`. */
  fixed64(): bigint {
    const start = this.#advance(8);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return new DataView(buffer, byteOffset, byteLength).getBigUint64(start, true);
  }

  bytes(): Uint8Array {
    const length = this.#readLength();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    return fromUtf8(this.bytes());
  }

  /** A reader over the length-prefixed part that comes next. */
  nested(): ProtoReader {
    const length = this.#readLength();
    const start = this.#advance(length);
    return new ProtoReader(this.#bytes, start, start + length);
  }

  /** Moves over the value of an unknown field. */
  skip(wireType: number, depth = 0): void {
    if (wireType === WIRE_VARINT) this.varint();
    else if (wireType === WIRE_FIXED64) this.#advance(8);
    else if (wireType === WIRE_BYTES) this.#advance(this.#readLength());
    else if (wireType === WIRE_FIXED32) this.#advance(4);
    else if (wireType === WIRE_START_GROUP && depth < MAX_GROUP_DEPTH) this.#skipGroup(depth + 1);
    else throw new CodecError("illegal protobuf wire type");
  }

  #skipGroup(depth: number): void {
    for (;;) {
      const wireType = Number(this.varint() & 7n);
      if (wireType === WIRE_END_GROUP) return;
      this.skip(wireType, depth);
    }
  }

  /** A varint of at most two bytes, which most are; undefined, and nothing is read, when it is longer or ends early. */
  #smallVarint(): number | undefined {
    const at = this.#offset;
    if (at + 1 >= this.#end) {
      if (at >= this.#end || this.#bytes[at]! >= 0x80) return undefined;
      this.#offset = at + 1;
      return this.#bytes[at]!;
    }
    const first = this.#bytes[at]!;
    if (first < 0x80) {
      this.#offset = at + 1;
      return first;
    }
    const second = this.#bytes[at + 1]!;
    if (second >= 0x80) return undefined;
    this.#offset = at + 2;
    return (first & 0x7f) | (second << 7);
  }

  #readLength(): number {
    const small = this.#smallVarint();
    if (small !== undefined && small <= this.#end - this.#offset) return small;
    const length = small === undefined ? this.varint() : BigInt(small);
    if (length > BigInt(this.#end - this.#offset))
      throw new CodecError("protobuf field is longer than its message");
    return Number(length);
  }

  #advance(size: number): number {
    const start = this.#offset;
    if (start + size > this.#end) throw new CodecError("protobuf message ends early");
    this.#offset = start + size;
    return start;
  }

  #byte(): number {
    if (this.#offset >= this.#end) throw new CodecError("protobuf message ends early");
    return this.#bytes[this.#offset++]!;
  }
}

/** Bytes that a varint of the value takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
