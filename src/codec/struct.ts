import { utf8 } from "./bytes.ts";
import { MAJOR_NEGATIVE, MAJOR_TEXT, MAJOR_UINT } from "./cbor.ts";
import type { CborReader } from "./cbor-reader.ts";
import type { CborWriter } from "./cbor-writer.ts";
import { type Codec, defineCodec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonObject, memberPath } from "./go-json.ts";

/** A struct field that is left out when empty; made by `optional`. */
export interface OptionalField<T> {
  readonly codec: Codec<T>;
  readonly optional: true;
}

// biome-ignore lint/suspicious/noExplicitAny: the element type is recovered by FieldValue
export type FieldSpec = Codec<any> | OptionalField<any>;
/** Wire name to type, in the order of the Go struct, which is the order of JSON. */
export type FieldSpecs = Readonly<Record<string, FieldSpec>>;
export type FieldValue<S> = S extends OptionalField<infer T> ? T : S extends Codec<infer T> ? T : never;
export type StructValue<F extends FieldSpecs> = { -readonly [K in keyof F]: FieldValue<F[K]> };

export interface StructCodec<F extends FieldSpecs> extends Codec<StructValue<F>> {
  /** As declared: spread it into another struct for Go's embedding, walk it for reference pages. */
  readonly fields: F;
  /** A value with the given members and zero values for the rest. */
  make(members?: Partial<StructValue<F>>): StructValue<F>;
}

interface Field {
  readonly name: string;
  readonly codec: Codec<unknown>;
  readonly optional: boolean;
  /** The text item that precedes the value. */
  readonly encodedKey: Uint8Array;
  /** Whether the zero value may be shared between structs: it cannot be changed in place. */
  readonly zeroIsShared: boolean;
}

/** Fields of a struct are tracked as the bits of a number. */
const MAX_FIELDS = 32;

type Members = Record<string, unknown>;

/** `json:"name,omitempty"`: the field vanishes from CBOR and JSON when it is empty. */
export function optional<T>(codec: Codec<T>): OptionalField<T> {
  return { codec, optional: true };
}

/**
 * A CBOR map with the given text keys, written in canonical order; missing keys read as zero values.
 *
 * Reading follows the network's decoder: names match exactly or else without case, each field once, duplicate and
 * unknown keys are errors (unknown ones are skipped in mode `rpc`).
 */
export function struct<const F extends FieldSpecs>(typeName: string, specs: F): StructCodec<F> {
  // Made at first use: a program declares all structs of the network and uses few of them.
  let made: StructTable | undefined;
  const table = () => {
    made ??= new StructTable(
      typeName,
      Object.entries(specs).map(([name, spec]) => makeField(name, spec)),
    );
    return made;
  };
  const codec = defineCodec<Members>({
    typeName,
    zero: () => table().zero(),
    isEmpty: (v) => table().isEmpty(v),
    isEmptyJson: () => false,
    write: (w, v) => table().write(w, v),
    read: (r) => table().read(r),
    toJson: (v) => table().toJson(v),
    fromJson: (j, path) => table().fromJson(j, path),
  }) as Codec<StructValue<F>>;
  return {
    ...codec,
    fields: specs,
    make: (members) => Object.assign(table().zero(), members) as StructValue<F>,
  };
}

class StructTable {
  readonly #typeName: string;
  readonly #declared: readonly Field[];
  /** In the canonical order of CBOR keys. */
  readonly #canonical: readonly Field[];
  readonly #byName: ReadonlyMap<string, number>;
  readonly #byFoldedName: ReadonlyMap<string, number>;
  /** Fields, a bit each, whose zero value must be a fresh one. */
  readonly #ownZeros: number;
  readonly #allOptional: boolean;
  readonly #template: Readonly<Members>;

  constructor(typeName: string, declared: readonly Field[]) {
    this.#typeName = typeName;
    this.#declared = declared;
    // Text keys order by length, then bytewise (RFC 7049); comparing the encoded key does both.
    this.#canonical = declared.toSorted((a, b) => compareKeys(a.encodedKey, b.encodedKey));
    this.#byName = new Map(this.#canonical.map((field, i) => [field.name, i]));
    this.#byFoldedName = new Map(this.#canonical.map((field, i) => [fold(field.name), i]));
    if (this.#byFoldedName.size !== declared.length)
      throw new TypeError(`${typeName} has field names that fold alike`);
    if (declared.length > MAX_FIELDS) throw new TypeError(`${typeName} has more than ${MAX_FIELDS} fields`);
    this.#ownZeros = this.#canonical.reduce(
      (mask, field, i) => (field.zeroIsShared ? mask : mask | (1 << i)),
      0,
    );
    this.#allOptional = declared.every((field) => field.optional);
    this.#template = Object.fromEntries(
      declared.map(({ name, codec, zeroIsShared }) => [name, zeroIsShared ? codec.zero() : null]),
    );
  }

  zero(): Members {
    const value = this.#fromTemplate();
    for (const field of this.#declared) if (!field.zeroIsShared) value[field.name] = field.codec.zero();
    return value;
  }

  /** A spread does the same three times slower, because this place sees the structs of all types. */
  #fromTemplate(): Members {
    return Object.assign({}, this.#template);
  }

  isEmpty(value: Members): boolean {
    if (!this.#allOptional) return false;
    for (let i = 0; i < this.#canonical.length; i++) {
      const { codec, name } = this.#canonical[i]!;
      if (!codec.isEmpty(value[name])) return false;
    }
    return true;
  }

  write(writer: CborWriter, value: Members): void {
    const fields = this.#canonical;
    let left = 0;
    // Fields that are left out, a bit each.
    let omitted = 0;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      if (field.optional && field.codec.isEmpty(value[field.name])) omitted |= 1 << i;
      else left++;
    }
    writer.map(left);
    for (let i = 0; i < fields.length; i++) {
      if ((omitted & (1 << i)) !== 0) continue;
      const field = fields[i]!;
      writer.raw(field.encodedKey);
      field.codec.write(writer, value[field.name]);
    }
  }

  read(reader: CborReader): Members {
    if (reader.takeNull()) return this.zero();
    const fields = this.#canonical;
    const value = this.#fromTemplate();
    const pairs = reader.enterMap();
    let found = 0;
    let keys: KeySet | undefined;
    let next = 0;
    for (let pair = 0; pair < pairs; pair++) {
      // Canonical input brings the fields in the order of the table, some left out.
      let index = keys === undefined ? matchInOrder(reader, fields, next) : -1;
      if (index >= 0) {
        next = index + 1;
      } else {
        keys ??= new KeySet(fields, found);
        index = this.#matchAnyOrder(reader, keys, found);
        if (index < 0) continue;
        next = index + 1;
      }
      found |= 1 << index;
      const field = fields[index]!;
      try {
        value[field.name] = field.codec.read(reader);
      } catch (error) {
        throw error instanceof CodecError ? error.within(field.name) : error;
      }
    }
    reader.leave();
    if (this.#ownZeros & ~found) this.#fillZeros(value, found);
    return value;
  }

  /** @param found fields that were read, a bit each */
  #fillZeros(value: Members, found: number): void {
    for (let i = 0; i < this.#canonical.length; i++) {
      const field = this.#canonical[i]!;
      if ((found & (1 << i)) === 0 && !field.zeroIsShared) value[field.name] = field.codec.zero();
    }
  }

  toJson(value: Members): Members {
    const json: Members = {};
    for (const { name, codec, optional } of this.#declared) {
      const member = value[name];
      if (!optional || !codec.isEmptyJson(member)) json[name] = codec.toJson(member);
    }
    return json;
  }

  fromJson(json: unknown, path: string): Members {
    const value = this.zero();
    if (json === null) return value;
    for (const [key, member] of Object.entries(jsonObject(json, path))) {
      const index = this.#byName.get(key) ?? this.#byFoldedName.get(fold(key));
      if (index === undefined) continue;
      const { name, codec } = this.#canonical[index]!;
      value[name] = codec.fromJson(member, memberPath(path, name));
    }
    return value;
  }

  /** Index of the field, not found before, that a key in no particular order means, or -1 when the pair was skipped. */
  #matchAnyOrder(reader: CborReader, keys: KeySet, found: number): number {
    const start = reader.offset;
    const major = reader.peekMajor();
    let index: number | undefined;
    if (major === MAJOR_TEXT) {
      const name = reader.text();
      if (!keys.add(name)) throw reader.error(`duplicate field "${name}" of ${this.#typeName}`, start);
      index = this.#byName.get(name);
      if (index === undefined || (found & (1 << index)) !== 0) index = this.#foldedMatch(name);
    } else if (major === MAJOR_UINT || major === MAJOR_NEGATIVE) {
      const name = reader.integerKey();
      if (!keys.add(name)) throw reader.error(`duplicate key ${name} of ${this.#typeName}`, start);
    } else {
      throw reader.unexpected("a field name", start);
    }
    if (index !== undefined && (found & (1 << index)) === 0) return index;
    if (!reader.skipUnknown) throw reader.error(`unknown field of ${this.#typeName}`, start);
    reader.skip();
    return -1;
  }

  #foldedMatch(name: string): number | undefined {
    const index = this.#byFoldedName.get(fold(name));
    // The network compares lengths in bytes first, so only ASCII can match here.
    return index !== undefined && this.#canonical[index]!.name.length === utf8(name).length
      ? index
      : undefined;
  }
}

/** The keys of a map seen so far, for telling duplicates once a map leaves the canonical order. */
class KeySet {
  readonly #keys: Set<string | bigint>;

  /** Every field found before was found by its exact name. */
  constructor(fields: readonly Field[], found: number) {
    this.#keys = new Set(fields.filter((_, i) => (found & (1 << i)) !== 0).map((field) => field.name));
  }

  add(key: string | bigint): boolean {
    const before = this.#keys.size;
    return this.#keys.add(key).size > before;
  }
}

/** Reads what a struct without fields reads from a map. */
export function readNoFields(reader: CborReader): void {
  noFields.read(reader);
}

/** Consumes the key that comes next if it is the exact name of a field at `from` or later; else returns -1. */
function matchInOrder(reader: CborReader, fields: readonly Field[], from: number): number {
  const { bytes, offset } = reader;
  for (let i = from; i < fields.length; i++) {
    const key = fields[i]!.encodedKey;
    const end = offset + key.length;
    if (end > bytes.length || bytes[offset] !== key[0]) continue;
    let at = 1;
    while (at < key.length && bytes[offset + at] === key[at]) at++;
    if (at === key.length) {
      reader.offset = end;
      return i;
    }
  }
  return -1;
}

/** Letters that count as the same: ASCII without case, and the two other letters that fold to ASCII ones. */
function fold(name: string): string {
  return name
    .replaceAll("\u017f", "s")
    .replaceAll("\u212a", "k")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const noFields = new StructTable("struct", []);

function compareKeys(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

function makeField(name: string, spec: FieldSpec): Field {
  const codec = "optional" in spec ? spec.codec : spec;
  const nameBytes = utf8(name);
  if (nameBytes.length >= 0x100) throw new TypeError(`field name ${name} is too long`);
  const head = nameBytes.length < 24 ? [0x60 | nameBytes.length] : [0x78, nameBytes.length];
  const zero: unknown = codec.zero();
  return {
    name,
    codec,
    optional: "optional" in spec,
    encodedKey: new Uint8Array([...head, ...nameBytes]),
    zeroIsShared: typeof zero !== "object" || zero === null,
  };
}
