import { CodecError } from "./errors.ts";
import * as portable from "./portable.ts";

const HEX_DIGITS = "0123456789abcdef";
const BASE64_VALUE = reverseTable(portable.BASE64_DIGITS);
const HEX_VALUE = reverseTable(HEX_DIGITS, "ABCDEF", 10);

const utf8Encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF, as Go does.
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type ToText = (bytes: Uint8Array, start: number, end: number) => string;
/** Node's own conversions, several times faster than any loop. */
const hexText = nativeSlice("hexSlice") ?? portable.hex;
const base64Text = nativeSlice("base64Slice") ?? portable.base64;
const latin1Text = nativeSlice("latin1Slice") ?? portable.latin1;

const TWO_POW_53 = 2n ** 53n;

/** Longest text that is looked through for ASCII here: for longer ones the platform's decoder is faster. */
const MAX_SCANNED_TEXT = 32;

export const EMPTY_BYTES = new Uint8Array(0);

/** Whether two byte strings are the same. Not constant time: for public data only. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Bytewise order, a prefix before its extensions: negative, zero or positive. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/** Whether every byte is zero. */
export function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Lowercase hex. */
export function toHex(bytes: Uint8Array): string {
  return hexText(bytes, 0, bytes.length);
}

/** @throws CodecError on an odd number of digits or a character outside 0-9, a-f, A-F */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new CodecError("odd length hex text");
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = HEX_VALUE[text.charCodeAt(2 * i)] ?? -1;
    const low = HEX_VALUE[text.charCodeAt(2 * i + 1)] ?? -1;
    if (high < 0 || low < 0) throw new CodecError("invalid hex digit");
    out[i] = (high << 4) | low;
  }
  return out;
}

/** One character (0..255) a byte. */
export function toLatin1(bytes: Uint8Array): string {
  return latin1Text(bytes, 0, bytes.length);
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return base64Text(bytes, 0, bytes.length);
}

/**
 * Standard base64, padding required; line breaks are skipped and unused low bits ignored, as Go's
 * `base64.StdEncoding` does.
 *
 * @throws CodecError on anything else
 */
export function fromBase64(text: string): Uint8Array {
  const digits = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, "") : text;
  if (digits.length % 4 !== 0) throw new CodecError("base64 text is not padded to a multiple of 4");
  const padding = digits.endsWith("==") ? 2 : digits.endsWith("=") ? 1 : 0;
  const symbols = digits.length - padding;
  const out = new Uint8Array((digits.length / 4) * 3 - padding);
  let accumulator = 0;
  let bits = 0;
  let position = 0;
  for (let i = 0; i < symbols; i++) {
    const value = BASE64_VALUE[digits.charCodeAt(i)];
    if (value === undefined || value < 0) throw new CodecError("invalid base64 character");
    accumulator = ((accumulator << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[position++] = accumulator >> bits;
    }
  }
  return out;
}

export function utf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/**
 * Strict UTF-8 text of `bytes[start, end)`; surrogates and overlong forms are refused.
 *
 * @throws CodecError
 */
export function fromUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start <= MAX_SCANNED_TEXT && isAscii(bytes, start, end)) return latin1Text(bytes, start, end);
  try {
    return utf8Decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new CodecError("invalid UTF-8 text");
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 0x80) return false;
  return true;
}

export function u16be(value: number): Uint8Array {
  return new Uint8Array([value >>> 8, value]);
}

export function u32be(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
}

/** Eight bytes, most significant first; the value is taken modulo 2^64, so a negative one is two's complement. */
export function u64be(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt.asUintN(64, value));
  return out;
}

export function u64le(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return out;
}

/** Unsigned big-endian number of `length` (1 to 6) bytes at `offset`. */
export function readUintBe(bytes: Uint8Array, offset: number, length: number): number {
  if (offset + length > bytes.length) throw new CodecError("too short for a fixed-width integer");
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + bytes[offset + i]!;
  return value;
}

export function readU64be(bytes: Uint8Array, offset = 0): bigint {
  return (BigInt(readUintBe(bytes, offset, 4)) << 32n) | BigInt(readUintBe(bytes, offset + 4, 4));
}

export function readI64be(bytes: Uint8Array, offset = 0): bigint {
  return BigInt.asIntN(64, readU64be(bytes, offset));
}

/** Minimal big-endian form; zero is the empty string. The value must not be negative. */
export function bigintToBytes(value: bigint): Uint8Array {
  if (value === 0n) return EMPTY_BYTES;
  if (value < TWO_POW_53) return numberToBytes(Number(value));
  let hex = value.toString(16);
  if (hex.length % 2 !== 0) hex = `0${hex}`;
  return fromHex(hex);
}

function numberToBytes(value: number): Uint8Array {
  let length = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++;
  const out = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    out[i] = rest;
    rest = Math.floor(rest / 256);
  }
  return out;
}

/** Unsigned big-endian integer of any length; empty is zero. */
export function bigintFromBytes(bytes: Uint8Array, start = 0, end = bytes.length): bigint {
  if (end - start <= 6) return BigInt(readUintBe(bytes, start, end - start));
  if (end - start <= 12) {
    const high = readUintBe(bytes, start, end - start - 6);
    return (BigInt(high) << 48n) | BigInt(readUintBe(bytes, end - 6, 6));
  }
  return BigInt(`0x${toHex(bytes.subarray(start, end))}`);
}

function nativeSlice(method: "hexSlice" | "base64Slice" | "latin1Slice"): ToText | undefined {
  const { Buffer } = globalThis as { Buffer?: { prototype: Partial<Record<typeof method, ToText>> } };
  const slice = Buffer?.prototype[method] as
    | ((this: Uint8Array, start: number, end: number) => string)
    | undefined;
  return slice && ((bytes, start, end) => slice.call(bytes, start, end));
}

function reverseTable(digits: string, alternatives = "", alternativesFrom = 0): Int16Array {
  const table = new Int16Array(128).fill(-1);
  for (let i = 0; i < digits.length; i++) table[digits.charCodeAt(i)] = i;
  for (let i = 0; i < alternatives.length; i++) table[alternatives.charCodeAt(i)] = alternativesFrom + i;
  return table;
}
