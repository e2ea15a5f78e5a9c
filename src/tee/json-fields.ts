import { fromBase64 } from "../codec/bytes.ts";
import { CodecError, QanatError } from "../codec/errors.ts";
import { jsonArray, jsonInteger, jsonObject, jsonString, parseJson } from "../codec/go-json.ts";
import { QuoteError } from "./quote-error.ts";

/** Longest JSON text that is parsed: collateral has less than 20 KiB. */
export const MAX_JSON_BYTES = 1 << 20;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The members of a JSON object that Intel signed, read as the network reads them: names match whatever their case,
 * what is absent or null is zero, what is not asked for does not matter, and any value of another type spoils all.
 */
export class JsonFields {
  readonly #members: ReadonlyMap<string, unknown>;
  readonly #path: string;

  constructor(json: unknown, path: string) {
    this.#path = path;
    this.#members = new Map(
      Object.entries(json === null ? {} : jsonObject(json, path)).map(([name, value]) => [fold(name), value]),
    );
  }

  text(name: string): string {
    const value = this.#value(name);
    return value === null ? "" : jsonString(value, this.#at(name));
  }

  /** Null where the member is absent or null. */
  integer(name: string, min: bigint, max: bigint): number | null {
    const value = this.#value(name);
    return value === null ? null : Number(jsonInteger(value, min, max, this.#at(name)));
  }

  u16(name: string): number {
    return this.integer(name, 0n, 0xffffn) ?? 0;
  }

  u32(name: string): number {
    return this.integer(name, 0n, 0xffff_ffffn) ?? 0;
  }

  i32(name: string): number {
    return this.integer(name, -(2n ** 31n), 2n ** 31n - 1n) ?? 0;
  }

  int(name: string): number {
    return this.integer(name, -(2n ** 63n), 2n ** 63n - 1n) ?? 0;
  }

  /** Bytes in base64. */
  bytes(name: string): Uint8Array {
    return fromBase64(this.text(name));
  }

  /** A text of a closed list; null where the member is absent or null. */
  oneOf<T>(name: string, known: ReadonlyMap<string, T>): T | null {
    const value = this.#value(name);
    if (value === null) return null;
    const text = jsonString(value, this.#at(name));
    const found = known.get(text);
    if (found === undefined) throw new CodecError(`unknown value "${text.slice(0, 80)}"`, this.#at(name));
    return found;
  }

  texts(name: string): void {
    for (const [i, item] of this.#items(name).entries()) {
      if (item !== null) jsonString(item, `${this.#at(name)}[${i}]`);
    }
  }

  ints(name: string): void {
    for (const [i, item] of this.#items(name).entries()) {
      if (item !== null) jsonInteger(item, -(2n ** 63n), 2n ** 63n - 1n, `${this.#at(name)}[${i}]`);
    }
  }

  object(name: string): JsonFields {
    return new JsonFields(this.#value(name), this.#at(name));
  }

  list<T>(name: string, read: (fields: JsonFields) => T): T[] {
    return this.#items(name).map((item, i) => read(new JsonFields(item, `${this.#at(name)}[${i}]`)));
  }

  #items(name: string): readonly unknown[] {
    const value = this.#value(name);
    return value === null ? [] : jsonArray(value, this.#at(name));
  }

  #value(name: string): unknown {
    return this.#members.get(fold(name)) ?? null;
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

/** Case folding of the names of members, which for those that are asked for is that of ASCII, with `ſ` and the Kelvin sign. */
function fold(name: string): string {
  return name.replaceAll("\u017f", "s").replaceAll("\u212a", "k").toLowerCase();
}

/** Reads a JSON text that is one object. @throws QuoteError */
export function readJson<T>(bytes: Uint8Array | null, what: string, read: (fields: JsonFields) => T): T {
  const text = bytes ?? new Uint8Array(0);
  if (text.length > MAX_JSON_BYTES) throw new QuoteError(`${what}: more than ${MAX_JSON_BYTES} bytes`);
  try {
    return read(new JsonFields(parseJson(decoder.decode(text)), ""));
  } catch (error) {
    if (!(error instanceof QanatError)) throw error;
    throw new QuoteError(`${what}: ${error.message}`, { cause: error });
  }
}
