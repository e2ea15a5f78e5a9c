import { compare } from "./bytes.ts";
import { CborWriter } from "./cbor-writer.ts";
import { type Codec, defineCodec, type Infer } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonArray, jsonObject, memberPath } from "./go-json.ts";
import { integerFromJsonKey, readByteSlice } from "./scalars.ts";

type MapKey = string | number | bigint;

/** Go pointer: null when nil. */
export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return defineCodec<T | null>({
    typeName: `${codec.typeName}|null`,
    zero: () => null,
    isEmpty: (v) => v === null,
    write: (w, v) => (v === null ? w.null() : codec.write(w, v)),
    read: (r) => (r.takeNull() ? null : codec.read(r)),
    toJson: (v) => (v === null ? null : codec.toJson(v)),
    fromJson: (j, path) => (j === null ? null : codec.fromJson(j, path)),
  });
}

/** Go slice: null when nil, which is not the same as empty. */
export function list<T>(codec: Codec<T>): Codec<T[] | null> {
  return defineCodec<T[] | null>({
    typeName: `[${codec.typeName}]`,
    zero: () => null,
    isEmpty: (v) => v === null || v.length === 0,
    write: (w, v) => {
      if (v === null) return w.null();
      w.array(v.length);
      for (let i = 0; i < v.length; i++) codec.write(w, v[i]!);
    },
    read: (r) => {
      if (r.takeNull()) return null;
      const count = r.enterArray();
      const items: T[] = [];
      for (let i = 0; i < count; i++) {
        try {
          items.push(codec.read(r));
        } catch (error) {
          throw error instanceof CodecError ? error.within(`[${i}]`) : error;
        }
      }
      r.leave();
      return items;
    },
    toJson: (v) => v?.map((item) => codec.toJson(item)) ?? null,
    fromJson: (j, path) =>
      j === null ? null : jsonArray(j, path).map((item, i) => codec.fromJson(item, `${path}[${i}]`)),
  });
}

/**
 * Go map: null when nil. Keys are the JavaScript values of the key codec (hex text for byte types, numbers for
 * small integers and enums, bigints for 64-bit ones). Written in canonical order, whatever the order in the Map.
 */
export function map<K, V>(keyCodec: Codec<K>, valueCodec: Codec<V>): Codec<Map<KeyOf<K>, V> | null> {
  type Key = KeyOf<K>;
  const keys = keyCodec.key;
  if (keys === undefined) throw new TypeError(`${keyCodec.typeName} cannot be a map key`);
  return defineCodec<Map<Key, V> | null>({
    typeName: `{${keyCodec.typeName}: ${valueCodec.typeName}}`,
    zero: () => null,
    isEmpty: (v) => v === null || v.size === 0,
    write: (w, v) => {
      if (v === null) return w.null();
      w.map(v.size);
      if (writeInOrder(w, keyCodec, valueCodec, v)) return;
      for (const [key, value] of canonicalEntries(keyCodec, v)) {
        w.raw(key);
        valueCodec.write(w, value);
      }
    },
    read: (r) => {
      if (r.takeNull()) return null;
      const count = r.enterMap();
      const entries = new Map<Key, V>();
      let key = keyCodec.zero();
      let value = valueCodec.zero();
      for (let i = 0; i < count; i++) {
        // The network's decoder reuses one variable for keys and one for values of plain kinds, and null leaves a
        // variable as it is: such a null repeats the entry before.
        if (!keyCodec.keepsOnNull || !r.takeNull()) key = keyCodec.read(r);
        const mapKey = keys.toKey(key) as Key;
        if (entries.has(mapKey)) throw r.error(`duplicate key ${mapKey}`);
        try {
          if (!valueCodec.keepsOnNull || !r.takeNull()) value = valueCodec.read(r);
        } catch (error) {
          throw error instanceof CodecError ? error.within(`[${mapKey}]`) : error;
        }
        entries.set(mapKey, value);
      }
      r.leave();
      return entries;
    },
    toJson: (v) => {
      if (v === null) return null;
      const members = Array.from(v, ([key, value]): [string, unknown] => [
        String(keyCodec.toJson(keys.fromKey(key))),
        valueCodec.toJson(value),
      ]);
      return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    fromJson: (j, path) => {
      if (j === null) return null;
      const entries = new Map<Key, V>();
      for (const [name, member] of Object.entries(jsonObject(j, path))) {
        const memberAt = memberPath(path, name);
        const key = keys.toKey(keyCodec.fromJson(jsonKeyOf(keyCodec, name), memberAt));
        entries.set(key as Key, valueCodec.fromJson(member, memberAt));
      }
      return entries;
    },
  });
}

/** The JavaScript type of a map key, from the type of its codec's values. */
export type KeyOf<K> = K extends string
  ? string
  : K extends number
    ? number
    : K extends bigint
      ? bigint
      : string;

type TupleValue<C extends readonly Codec<unknown>[]> = { -readonly [I in keyof C]: Infer<C[I]> };

/** A struct that Go encodes as a CBOR array of fixed length; in JSON an array, too. */
// biome-ignore lint/suspicious/noExplicitAny: element types are recovered by Infer
export function tuple<const C extends readonly Codec<any>[]>(
  typeName: string,
  codecs: C,
): Codec<TupleValue<C>> {
  type Value = TupleValue<C>;
  return defineCodec<Value>({
    typeName,
    zero: () => codecs.map((codec) => codec.zero()) as Value,
    isEmpty: () => codecs.length === 0,
    isEmptyJson: () => false,
    write: (w, v) => {
      w.array(codecs.length);
      for (let i = 0; i < codecs.length; i++) codecs[i]!.write(w, v[i]);
    },
    read: (r) => {
      if (r.takeNull()) return codecs.map((codec) => codec.zero()) as Value;
      const start = r.offset;
      if (r.enterArray() !== codecs.length)
        throw r.error(`${typeName} must have ${codecs.length} elements`, start);
      const items = codecs.map((codec) => codec.read(r)) as Value;
      r.leave();
      return items;
    },
    toJson: (v) => codecs.map((codec, i) => codec.toJson(v[i])),
    fromJson: (j, path) => {
      const items = j === null ? [] : jsonArray(j, path);
      return codecs.map((codec, i) =>
        i < items.length ? codec.fromJson(items[i], `${path}[${i}]`) : codec.zero(),
      ) as Value;
    },
  });
}

/** Go slice of a one-byte enum: a byte string in CBOR, a list of its texts in JSON. */
export function byteEnumList(codec: Codec<number>): Codec<number[] | null> {
  const inJson = list(codec);
  return defineCodec<number[] | null>({
    typeName: `[${codec.typeName}]`,
    zero: () => null,
    isEmpty: (v) => v === null || v.length === 0,
    write: (w, v) => (v === null ? w.null() : w.bytes(Uint8Array.from(v))),
    read: (r) => {
      const bytes = readByteSlice(r);
      return bytes === null ? null : Array.from(bytes);
    },
    toJson: inJson.toJson,
    fromJson: inJson.fromJson,
  });
}

/** Writes the entries as they come, or nothing and gives false when that is not the canonical order of the keys. */
function writeInOrder<K, V>(
  writer: CborWriter,
  keyCodec: Codec<K>,
  valueCodec: Codec<V>,
  entries: Map<MapKey, V>,
): boolean {
  const start = writer.length;
  // The key before: an empty one comes before all.
  let before = start;
  let beforeEnd = start;
  for (const [key, value] of entries) {
    const at = writer.length;
    keyCodec.write(writer, keyCodec.key!.fromKey(key));
    if (writer.compareParts(before, beforeEnd, at) >= 0) {
      writer.rewind(start);
      return false;
    }
    before = at;
    beforeEnd = writer.length;
    valueCodec.write(writer, value);
  }
  return true;
}

function canonicalEntries<K, V>(keyCodec: Codec<K>, entries: Map<MapKey, V>): [Uint8Array, V][] {
  const writer = new CborWriter(64);
  const encoded = Array.from(entries, ([key, value]): [Uint8Array, V] => {
    writer.reset();
    keyCodec.write(writer, keyCodec.key!.fromKey(key));
    return [writer.toBytes(), value];
  });
  return encoded.sort(([a], [b]) => a.length - b.length || compare(a, b));
}

function jsonKeyOf<K>(keyCodec: Codec<K>, name: string): unknown {
  const zero = keyCodec.toJson(keyCodec.zero());
  return typeof zero === "number" ? integerFromJsonKey(name) : name;
}
