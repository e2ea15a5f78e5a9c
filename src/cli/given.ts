import { parseAddress } from "../codec/address.ts";
import { fromBase64, fromHex } from "../codec/bytes.ts";
import {
  type Address,
  NAMESPACE_LENGTH,
  type Namespace,
  PUBLIC_KEY_LENGTH,
  type PublicKey,
} from "../codec/common-types.ts";
import { parseQuantity } from "../codec/schema.ts";
import { UsageError } from "./errors.ts";

/** The value of a flag as it was typed or as its declaration has it. */
export type GivenValue = string | boolean | readonly string[];

/** A flag as it was typed. */
export interface TypedFlag {
  readonly name: string;
  readonly value: string;
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const DURATION_UNIT_NS: Readonly<Record<string, number>> = {
  h: 3.6e12,
  m: 6e10,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  ns: 1,
};
const SIZE_UNIT: Readonly<Record<string, number>> = { "": 1, kb: 1 << 10, mb: 1 << 20, gb: 1 << 30 };

/** What was typed after a command's name. Readers throw UsageError with the flag's name. */
export class Given {
  readonly args: readonly string[];
  readonly #values: ReadonlyMap<string, GivenValue>;
  readonly #typed: ReadonlySet<string>;
  readonly #listed: readonly TypedFlag[];

  /**
   * `values` holds defaults too; `typed` names the flags that the user gave; `listed` has each time that a list's flag was
   * given, in the order of the command line.
   */
  constructor(
    args: readonly string[],
    values: ReadonlyMap<string, GivenValue>,
    typed: ReadonlySet<string>,
    listed: readonly TypedFlag[] = [],
  ) {
    this.args = args;
    this.#values = values;
    this.#typed = typed;
    this.#listed = listed;
  }

  /** The same with flags that were typed under an old name moved to the new one. */
  withAliases(aliases: Readonly<Record<string, string>>): Given {
    const values = new Map(this.#values);
    const typed = new Set(this.#typed);
    for (const [alias, name] of Object.entries(aliases)) {
      if (!typed.has(alias) || typed.has(name)) continue;
      values.set(name, values.get(alias)!);
      typed.add(name);
    }
    return new Given(this.args, values, typed, this.#listed);
  }

  /** What was given of the lists named, in the order of the command line, with values as they were typed. */
  inOrder(...names: readonly string[]): readonly TypedFlag[] {
    return this.#listed.filter(({ name }) => names.includes(name));
  }

  isTyped(name: string): boolean {
    return this.#typed.has(name);
  }

  switch(name: string): boolean {
    const value = this.#values.get(name);
    if (value === undefined || typeof value === "boolean") return value === true;
    if (value !== "true" && value !== "false") throw bad(name, "true or false", String(value));
    return value === "true";
  }

  /** Empty when absent. */
  text(name: string): string {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : "";
  }

  /** @throws UsageError when it was not given or is empty */
  required(name: string): string {
    const value = this.text(name);
    if (value === "") throw new UsageError(`--${name} is missing`);
    return value;
  }

  /** A list's default is text, as it would be typed. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    if (typeof value === "string") return value === "" ? [] : value.split(",");
    return Array.isArray(value) ? value : [];
  }

  u64(name: string): bigint {
    const value = this.#integer(name);
    if (value < 0n || value > U64_MAX) throw bad(name, "a whole number of 64 bits", this.text(name));
    return value;
  }

  i64(name: string): bigint {
    const value = this.#integer(name);
    if (BigInt.asIntN(64, value) !== value) throw bad(name, "a whole number of 64 bits", this.text(name));
    return value;
  }

  /** Whole number in a range. */
  int(name: string, min: number, max: number): number {
    const value = this.#integer(name);
    if (value < BigInt(min) || value > BigInt(max)) {
      throw bad(name, `a whole number from ${min} to ${max}`, this.text(name));
    }
    return Number(value);
  }

  /** Amount in base units. */
  quantity(name: string): bigint {
    return this.#read(name, "a whole number of base units", (text) => parseQuantity(text, ""));
  }

  address(name: string): Address {
    const text = this.required(name);
    try {
      return parseAddress(text);
    } catch (error) {
      throw new UsageError(`--${name}: expected an account address (oasis1…): ${(error as Error).message}`);
    }
  }

  /** Base64. */
  publicKey(name: string): PublicKey {
    return parseKey(name, this.text(name));
  }

  /** List of base64 keys. */
  publicKeys(name: string): PublicKey[] {
    return this.list(name).map((text) => parseKey(name, text));
  }

  /** Nanoseconds of a duration such as `1s`, `1m30s`, `250ms`. */
  duration(name: string): bigint {
    const text = this.text(name);
    if (/^0$/.test(text)) return 0n;
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/g)];
    if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) {
      throw bad(name, "a duration such as 1m30s", text);
    }
    let total = 0;
    for (const [, amount, unit] of parts) total += Number(amount) * DURATION_UNIT_NS[unit!]!;
    return BigInt(Math.round(total));
  }

  /** Bytes of a size such as `32kb`, `4mb`; units are powers of 1024. */
  size(name: string): bigint {
    const text = this.text(name);
    const match = /^(\d+)\s*(kb|mb|gb|)$/i.exec(text);
    if (match === null) throw bad(name, "a size such as 128kb", text);
    return BigInt(match[1]!) * BigInt(SIZE_UNIT[match[2]!.toLowerCase()]!);
  }

  #integer(name: string): bigint {
    const text = this.text(name);
    if (!/^[+-]?\d+$/.test(text)) throw bad(name, "a whole number", text);
    return BigInt(text.replace(/^\+/, ""));
  }

  #read<T>(name: string, wanted: string, parse: (text: string) => T): T {
    const text = this.required(name);
    try {
      return parse(text);
    } catch {
      throw bad(name, wanted, text);
    }
  }
}

/** A ParaTime identifier: 64 hex characters. @throws UsageError */
export function parseRuntimeId(what: string, text: string): Namespace {
  try {
    const id = fromHex(text.replace(/^0x/, ""));
    if (id.length === NAMESPACE_LENGTH) return id;
  } catch {
    // The message below says what was expected.
  }
  throw new UsageError(`${what}: expected ${2 * NAMESPACE_LENGTH} hex characters, not "${text}"`);
}

function parseKey(name: string, text: string): PublicKey {
  try {
    const key = fromBase64(text);
    if (key.length === PUBLIC_KEY_LENGTH) return key;
  } catch {
    // The message below says what was expected.
  }
  throw bad(name, "a public key in base64", text);
}

function bad(name: string, wanted: string, got: string): UsageError {
  return new UsageError(`--${name}: expected ${wanted}, not "${got}"`);
}
