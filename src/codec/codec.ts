import { equal } from "./bytes.ts";
import type { DecodeMode } from "./cbor.ts";
import { CborReader } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import { CodecError } from "./errors.ts";
import { parseJson, stringifyJson } from "./go-json.ts";

/** How a type serves as a map key: a JavaScript value that is equal when the keys are equal. */
export interface KeyCodec<T> {
  toKey(value: T): string | number | bigint;
  fromKey(key: string | number | bigint): T;
}

/**
 * One protocol type in CBOR and JSON, with the meaning of Go's zero and empty values.
 *
 * Codecs are values without state; made by the functions of this folder or by hand through `defineCodec`.
 */
export interface Codec<T> {
  readonly typeName: string;
  /** The Go zero value, fresh each time. */
  zero(): T;
  /** Whether an omitempty field of this type is left out of CBOR. */
  isEmpty(value: T): boolean;
  /** Whether an omitempty field of this type is left out of JSON; structs, quantities and fixed arrays never are. */
  isEmptyJson(value: T): boolean;
  write(writer: CborWriter, value: T): void;
  /** @throws CodecError */
  read(reader: CborReader): T;
  /** JSON value; 64-bit integers beyond 2^53 are bigints, so print it with `stringifyJson`. */
  toJson(value: T): unknown;
  /**
   * Value of JSON parsed with `parseJson`; `path` is for messages. JSON null gives the zero value, as in Go.
   *
   * @throws CodecError
   */
  fromJson(json: unknown, path: string): T;
  /** Present when the type can be the key of a map. */
  readonly key: KeyCodec<T> | undefined;
  /** Whether Go keeps the previous value of such a type when it reads null over it in a map (formats.md 1.3). */
  readonly keepsOnNull: boolean;
}

export type Infer<C> = C extends Codec<infer T> ? T : never;

/** What a codec is made from; the optional parts have the defaults of most types. */
export interface CodecParts<T>
  extends Pick<Codec<T>, "typeName" | "zero" | "isEmpty" | "write" | "read" | "toJson" | "fromJson"> {
  isEmptyJson?: (value: T) => boolean;
  key?: KeyCodec<T> | undefined;
  keepsOnNull?: boolean;
}

/** All codecs are objects of one shape, which keeps the engine's property look-ups on the fast path. */
export function defineCodec<T>(parts: CodecParts<T>): Codec<T> {
  return {
    typeName: parts.typeName,
    zero: parts.zero,
    isEmpty: parts.isEmpty,
    isEmptyJson: parts.isEmptyJson ?? parts.isEmpty,
    write: parts.write,
    read: parts.read,
    toJson: parts.toJson,
    fromJson: parts.fromJson,
    key: parts.key,
    keepsOnNull: parts.keepsOnNull ?? false,
  };
}

/** Writer kept between calls for its grown buffer; taken away while in use, so nested calls get another. */
let spareWriter: CborWriter | undefined;
/** A writer that grew beyond this is dropped instead of kept. */
const MAX_SPARE_WRITER = 1 << 20;

/** Canonical CBOR of a value. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = spareWriter ?? new CborWriter();
  spareWriter = undefined;
  writer.reset();
  codec.write(writer, value);
  const bytes = writer.toBytes();
  if (bytes.length <= MAX_SPARE_WRITER) spareWriter = writer;
  return bytes;
}

/**
 * Value of a CBOR encoding. `null` input (no bytes at all) gives the zero value; bytes after the first item are
 * ignored except in mode `strict`.
 *
 * @throws CodecError and nothing else, whatever the bytes
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array | null, mode: DecodeMode = "untrusted"): T {
  if (bytes === null) return codec.zero();
  const value = codec.read(new CborReader(bytes, mode === "rpc"));
  // The canonical encoding is unique: a value is strict exactly when it encodes to the same bytes.
  if (mode === "strict" && !equal(encode(codec, value), bytes)) {
    throw new CodecError(`${codec.typeName} is not in canonical form`);
  }
  return value;
}

/** JSON text as Go's encoding/json prints it; `indent` spaces per level, none for one line. */
export function toJsonText<T>(codec: Codec<T>, value: T, indent = 0): string {
  return stringifyJson(codec.toJson(value), indent);
}

/**
 * Value of JSON text, read as Go's encoding/json does: unknown keys dropped, names matched without case at need.
 *
 * @throws CodecError and nothing else, whatever the text
 */
export function fromJsonText<T>(codec: Codec<T>, text: string): T {
  return codec.fromJson(parseJson(text), "");
}
