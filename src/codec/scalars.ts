import { fromBase64, toBase64 } from "./bytes.ts";
import { MAJOR_ARRAY } from "./cbor.ts";
import type { CborReader } from "./cbor-reader.ts";
import { type Codec, defineCodec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonArray, jsonInteger, jsonKind, jsonString } from "./go-json.ts";

const MAX_U64 = (1n << 64n) - 1n;
const MAX_I64 = (1n << 63n) - 1n;
const MIN_I64 = -(1n << 63n);
const DECIMAL = /^-?[0-9]+$/;

export const bool: Codec<boolean> = defineCodec({
  typeName: "bool",
  zero: () => false,
  isEmpty: (v) => !v,
  write: (w, v) => w.bool(v),
  read: (r) => (r.takeNull() ? false : r.bool()),
  toJson: (v) => v,
  fromJson: (j, path) => {
    if (j === null) return false;
    if (typeof j !== "boolean") throw new CodecError(`expected a boolean, found ${jsonKind(j)}`, path);
    return j;
  },
  keepsOnNull: true,
});

export const u8: Codec<number> = smallUint("u8", 0xff);
export const u16: Codec<number> = smallUint("u16", 0xffff);
export const u32: Codec<number> = smallUint("u32", 0xffff_ffff);

export const u64: Codec<bigint> = bigInteger(
  "u64",
  0n,
  MAX_U64,
  (w, v) => w.uint64(v),
  (r) => r.uint64(),
);

export const i64: Codec<bigint> = bigInteger(
  "i64",
  MIN_I64,
  MAX_I64,
  (w, v) => w.int64(v),
  (r) => r.int64(),
);

/** Go's `int` on the 64-bit machines the network runs on. */
export const int: Codec<bigint> = i64;

/** Nanoseconds. */
export const duration: Codec<bigint> = i64;

export const text: Codec<string> = defineCodec({
  typeName: "text",
  zero: () => "",
  isEmpty: (v) => v === "",
  write: (w, v) => w.text(v),
  read: (r) => (r.takeNull() ? "" : r.text()),
  toJson: (v) => v,
  fromJson: (j, path) => (j === null ? "" : jsonString(j, path)),
  key: { toKey: (v) => v, fromKey: String },
  keepsOnNull: true,
});

/** Go byte slice: null and empty are different values. JSON base64. */
export const bytes: Codec<Uint8Array | null> = defineCodec({
  typeName: "bytes",
  zero: () => null,
  isEmpty: (v) => v === null || v.length === 0,
  write: (w, v) => (v === null ? w.null() : w.bytes(v)),
  read: readByteSlice,
  toJson: (v) => (v === null ? null : toBase64(v)),
  fromJson: byteSliceFromJson,
});

/** An embedded CBOR item, kept as the bytes it came in. */
export const raw: Codec<Uint8Array | null> = defineCodec({
  typeName: "raw",
  zero: () => null,
  isEmpty: (v) => v === null || v.length === 0,
  write: (w, v) => (v === null ? w.null() : w.raw(v)),
  read: (r) => r.rawItem(),
  toJson: (v) => (v === null ? null : toBase64(v)),
  fromJson: byteSliceFromJson,
});

/** A byte string, or an array of numbers in its place; null for null. */
export function readByteSlice(reader: CborReader): Uint8Array | null {
  if (reader.takeNull()) return null;
  return reader.peekMajor() === MAJOR_ARRAY ? readByteArray(reader) : reader.byteString();
}

/** An array of numbers that stands for a byte string; null elements count as 0. */
function readByteArray(reader: CborReader): Uint8Array {
  const out = new Uint8Array(reader.enterArray());
  for (let i = 0; i < out.length; i++) out[i] = u8.read(reader);
  reader.leave();
  return out;
}

function byteSliceFromJson(json: unknown, path: string): Uint8Array | null {
  if (json === null) return null;
  if (Array.isArray(json)) return Uint8Array.from(jsonArray(json, path), (item) => u8.fromJson(item, path));
  try {
    return fromBase64(jsonString(json, path));
  } catch (error) {
    throw error instanceof CodecError && error.path === "" ? error.within(path) : error;
  }
}

function smallUint(typeName: string, max: number): Codec<number> {
  return defineCodec({
    typeName,
    zero: () => 0,
    isEmpty: (v) => v === 0,
    write: (w, v) => w.uint(checkedUint(typeName, v, max)),
    read: (r) => (r.takeNull() ? 0 : r.uint(max)),
    toJson: (v) => v,
    fromJson: (j, path) => (j === null ? 0 : Number(jsonInteger(j, 0n, BigInt(max), path))),
    key: { toKey: (v) => v, fromKey: Number },
    keepsOnNull: true,
  });
}

function checkedUint(typeName: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new RangeError(`${value} is no ${typeName}`);
  return value;
}

function bigInteger(
  typeName: string,
  min: bigint,
  max: bigint,
  write: Codec<bigint>["write"],
  read: Codec<bigint>["read"],
): Codec<bigint> {
  return defineCodec({
    typeName,
    zero: () => 0n,
    isEmpty: (v) => v === 0n,
    write,
    read: (r) => (r.takeNull() ? 0n : read(r)),
    toJson: (v) => (v >= -MAX_SAFE && v <= MAX_SAFE ? Number(v) : v),
    fromJson: (j, path) => (j === null ? 0n : jsonInteger(j, min, max, path)),
    key: { toKey: (v) => v, fromKey: BigInt },
    keepsOnNull: true,
  });
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** JSON object key of an integer type, as Go's strconv reads it. */
export function integerFromJsonKey(key: string): unknown {
  if (!DECIMAL.test(key)) return key;
  return /^-0+$/.test(key) ? -0 : BigInt(key);
}
