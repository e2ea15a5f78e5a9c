import { compare } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import type { KeyPart, Range, TableDefinition, ValueCodec } from "./table.ts";

/** Longest encoded key; the database allows no more in pages of 4 KiB. */
export const MAX_TABLE_KEY = 1978;

/** A table declaration without its types, as the implementations of tables handle it. */
export interface AnyTable {
  readonly name: string;
  readonly key: readonly KeyPart<unknown>[];
  readonly value: ValueCodec<unknown>;
}

export function withoutTypes<K extends readonly unknown[], V>(definition: TableDefinition<K, V>): AnyTable {
  return definition as unknown as AnyTable;
}

/**
 * Encodes a key, or the first parts of one, into `target` at `at`.
 * @returns where it ends
 * @throws QanatError `storage/key` when a part has not the declared length or the key is empty or too long
 */
export function writeKey(table: AnyTable, key: readonly unknown[], target: Uint8Array, at: number): number {
  let end = at;
  for (let i = 0; i < key.length; i++) {
    const part = table.key[i]!;
    const size = part.size(key[i]);
    if ((part.length !== null && size !== part.length) || end + size - at > MAX_TABLE_KEY) {
      throw badKey(table, `${part.name} has ${size} bytes`);
    }
    part.write(target, end, key[i]);
    end += size;
  }
  if (end === at) throw badKey(table, "empty key");
  return end;
}

/** {@link writeKey} into bytes of its own. */
export function keyBytes(table: AnyTable, key: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(MAX_TABLE_KEY);
  return bytes.slice(0, writeKey(table, key, bytes, 0));
}

/** The key in `source[start, end)`. */
export function readKey(table: AnyTable, source: Uint8Array, start: number, end: number): unknown[] {
  const key: unknown[] = [];
  let at = start;
  for (const part of table.key) {
    const partEnd = part.length === null ? end : at + part.length;
    key.push(part.read(source, at, partEnd));
    at = partEnd;
  }
  return key;
}

/** The encoded bounds of a range: from `start` on and before `end`; null where there is none. */
export function bounds(
  table: AnyTable,
  range: Range<readonly unknown[]>,
): { start: Uint8Array | null; end: Uint8Array | null } {
  const encoded = (key: readonly unknown[] | undefined) =>
    key === undefined || key.length === 0 ? null : keyBytes(table, key);
  const prefix = encoded(range.prefix);
  return {
    start: pick(prefix, encoded(range.from), 1),
    end: pick(prefix === null ? null : afterPrefix(prefix), encoded(range.to), -1),
  };
}

/** The later (`sign` 1) or earlier (-1) of two bounds. */
function pick(a: Uint8Array | null, b: Uint8Array | null, sign: 1 | -1): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return compare(a, b) * sign > 0 ? a : b;
}

/** The first key after all that begin with `prefix`, null when there is none. */
function afterPrefix(prefix: Uint8Array): Uint8Array | null {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return null;
  const after = prefix.slice(0, length);
  after[length - 1]!++;
  return after;
}

function badKey(table: AnyTable, what: string): QanatError {
  return new QanatError("storage/key", `table ${table.name}: ${what}`, { table: table.name });
}
