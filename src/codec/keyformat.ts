import { concat, readI64be, readU64be, readUintBe, u16be, u32be, u64be } from "./bytes.ts";
import { CodecError } from "./errors.ts";

/** One element of a key: how its value becomes bytes. At most one element of a key has no fixed length. */
export interface KeyPart<T> {
  readonly length: number | undefined;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

// biome-ignore lint/suspicious/noExplicitAny: the value types are recovered by PartValues
type Parts = readonly KeyPart<any>[];
type PartValues<P extends Parts> = { -readonly [I in keyof P]: P[I] extends KeyPart<infer T> ? T : never };
/** The first some of the values. */
type Leading<V extends readonly unknown[]> = V extends readonly [...infer Init, unknown]
  ? V | Leading<Init>
  : V;

/** Elements of keys; integers are big-endian, so that keys order as numbers (facts/formats.md 7). */
export const keyParts = {
  u8: { length: 1, encode: (v) => new Uint8Array([v]), decode: (b) => b[0]! } as KeyPart<number>,
  u16: { length: 2, encode: u16be, decode: (b) => readUintBe(b, 0, 2) } as KeyPart<number>,
  u32: { length: 4, encode: u32be, decode: (b) => readUintBe(b, 0, 4) } as KeyPart<number>,
  u64: { length: 8, encode: u64be, decode: readU64be } as KeyPart<bigint>,
  i64: { length: 8, encode: u64be, decode: readI64be } as KeyPart<bigint>,
  /** Bytes of one length: hashes, keys, ids, addresses. */
  fixed,
  /** Bytes of any length: what the other elements leave. */
  rest: { length: undefined, encode: (v) => v, decode: (b) => b.slice() } as KeyPart<Uint8Array>,
} as const;

/** Keys of one kind: a prefix byte and elements without separators. */
export class KeyFormat<const P extends Parts> {
  readonly prefix: number;
  readonly #parts: P;
  readonly #fixedLength: number;

  constructor(prefix: number, ...parts: P) {
    if (parts.filter((part) => part.length === undefined).length > 1) {
      throw new TypeError("a key can have only one element of variable length");
    }
    this.prefix = prefix;
    this.#parts = parts;
    this.#fixedLength = parts.reduce((sum, part) => sum + (part.length ?? 0), 1);
  }

  /** A key, or with fewer values the common start of all keys that have them. */
  encode(...values: Leading<PartValues<P>>): Uint8Array {
    const encoded = (values as unknown[]).map((value, i) => this.#parts[i]!.encode(value));
    return concat(new Uint8Array([this.prefix]), ...encoded);
  }

  /**
   * The values in a key; undefined when it is of another kind. Bytes beyond a fixed layout are ignored.
   *
   * @throws CodecError when the key is too short
   */
  decode(key: Uint8Array): PartValues<P> | undefined {
    if (key[0] !== this.prefix) return undefined;
    if (key.length < this.#fixedLength) throw new CodecError(`key with prefix ${this.prefix} is too short`);
    let offset = 1;
    return this.#parts.map((part) => {
      const start = offset;
      offset += part.length ?? key.length - this.#fixedLength;
      return part.decode(key.subarray(start, offset));
    }) as PartValues<P>;
  }
}

function fixed(length: number): KeyPart<Uint8Array> {
  return {
    length,
    encode: (value) => {
      if (value.length !== length)
        throw new RangeError(`key element must have ${length} bytes, has ${value.length}`);
      return value;
    },
    decode: (bytes) => bytes.slice(),
  };
}
