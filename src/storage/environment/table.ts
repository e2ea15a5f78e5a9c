import { fromUtf8, readU64be, utf8 } from "../../codec/bytes.ts";
import { type Codec, decode, encode } from "../../codec/codec.ts";

/** One element of a table's keys. Encodings keep the order of values: numbers are big-endian. */
export interface KeyPart<T> {
  readonly name: string;
  /** Bytes it takes; null: all that remain, which only the last part may. */
  readonly length: number | null;
  /** Length of the encoding of `value`. */
  size(value: T): number;
  write(target: Uint8Array, at: number, value: T): void;
  /** The value in `source[at, end)`; nothing of `source` may be kept. */
  read(source: Uint8Array, at: number, end: number): T;
}

/** How the values of a table are stored. */
export interface ValueCodec<V> {
  /** The result is used up before the next call. */
  encode(value: V): Uint8Array;
  /** `bytes` is the caller's to keep. */
  decode(bytes: Uint8Array): V;
}

/** A table: declared once, in `tables.ts`. */
export interface TableDefinition<K extends readonly unknown[], V> {
  /** Name in the database; never used again for something else. */
  readonly name: string;
  readonly key: { readonly [I in keyof K]: KeyPart<K[I]> };
  readonly value: ValueCodec<V>;
  /** What an entry says, one sentence. */
  readonly meaning: string;
}

/** The first elements of a key, any number of them. */
export type KeyStart<K extends readonly unknown[]> = K extends readonly [infer First, ...infer Rest]
  ? readonly [] | readonly [First, ...KeyStart<Rest>]
  : readonly [];

/** Which entries, and in what order. */
export interface Range<K extends readonly unknown[]> {
  /** Keys that begin so. */
  readonly prefix?: KeyStart<K>;
  /** Keys not before this one. */
  readonly from?: KeyStart<K>;
  /** Keys before this one. */
  readonly to?: KeyStart<K>;
  /** From the last to the first. */
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** Access to one table of an open environment. Writes outside a transaction are transactions of their own. */
export interface Table<K extends readonly unknown[], V> {
  get(key: K): V | null;
  has(key: K): boolean;
  put(key: K, value: V): void;
  /** @returns whether it was there */
  remove(key: K): boolean;
  /** Entries in key order. The table must not be written while they are taken. */
  range(range?: Range<K>): Iterable<[key: K, value: V]>;
  /** Keys in order, without reading the values. */
  keys(range?: Range<K>): Iterable<K>;
  /** Number of entries. */
  count(): number;
}

/** The table of a declaration. */
export type TableOf<D> = D extends TableDefinition<infer K, infer V> ? Table<K, V> : never;

/** Type-checked declaration of a table. */
export function defineTable<const P extends readonly KeyPart<unknown>[], V>(definition: {
  readonly name: string;
  readonly key: P;
  readonly value: ValueCodec<V>;
  readonly meaning: string;
}): TableDefinition<{ -readonly [I in keyof P]: P[I] extends KeyPart<infer T> ? T : never }, V> {
  return definition as never;
}

/** Number of `length` (1 to 6) bytes. */
export function uint(name: string, length: number): KeyPart<number> {
  return {
    name,
    length,
    size: () => length,
    write(target, at, value) {
      let rest = value;
      for (let i = at + length - 1; i >= at; i--) {
        target[i] = rest;
        rest = Math.floor(rest / 256);
      }
    },
    read(source, at) {
      let value = 0;
      for (let i = at; i < at + length; i++) value = value * 256 + source[i]!;
      return value;
    },
  };
}

/** A height, round or other 64-bit number. */
export function u64Key(name: string): KeyPart<bigint> {
  return {
    name,
    length: 8,
    size: () => 8,
    write(target, at, value) {
      putU32(target, at, Number((value >> 32n) & 0xffffffffn));
      putU32(target, at + 4, Number(value & 0xffffffffn));
    },
    read: (source, at) => readU64be(source, at),
  };
}

/** Bytes of one length. */
export function fixedKey<T extends Uint8Array = Uint8Array>(name: string, length: number): KeyPart<T> {
  return {
    name,
    length,
    size: (value) => value.length,
    write: (target, at, value) => target.set(value, at),
    read: (source, at) => copyOf(source, at, at + length) as T,
  };
}

/** Bytes of any length; only as the last part. */
export function bytesKey(name: string): KeyPart<Uint8Array> {
  return {
    name,
    length: null,
    size: (value) => value.length,
    write: (target, at, value) => target.set(value, at),
    read: (source, at, end) => copyOf(source, at, end),
  };
}

/** Text; only as the last part. */
export function textKey(name: string): KeyPart<string> {
  const bytes = bytesKey(name);
  return {
    ...bytes,
    size: (value) => utf8(value).length,
    write: (target, at, value) => bytes.write(target, at, utf8(value)),
    read: (source, at, end) => fromUtf8(source, at, end),
  };
}

/** Values that are bytes already. */
export const bytesValue: ValueCodec<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes };

/** Values as canonical CBOR. */
export function cborValue<V>(codec: Codec<V>): ValueCodec<V> {
  return { encode: (value) => encode(codec, value), decode: (bytes) => decode(codec, bytes) };
}

/** `source[start, end)` as bytes of their own. */
export function copyOf(source: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(source.subarray(start, end));
  return copy;
}

function putU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
