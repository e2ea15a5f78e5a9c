import { compare, utf8 } from "../codec/bytes.ts";
import { CborWriter } from "../codec/cbor-writer.ts";
import { QanatError } from "../codec/errors.ts";

/** Maps and lists inside one another; ParaTimes refuse deeper ones. */
const MAX_DEPTH = 16;

/**
 * A ParaTime's local configuration as the CBOR map it is sent as.
 *
 * The official ParaTime library decodes it strictly and stays silent when it cannot (facts/runtime.md 10.2): what it
 * cannot read is refused here.
 *
 * @throws QanatError `runtime/bad-config` naming the member, for fractions, unsafe integers and anything but null,
 *   booleans, integers, texts, bytes, lists and maps
 */
export function encodeLocalConfig(config: Readonly<Record<string, unknown>>): Uint8Array {
  const writer = new CborWriter();
  write(writer, config, "config", 0);
  return writer.toBytes();
}

function write(writer: CborWriter, value: unknown, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw bad(path, `more than ${MAX_DEPTH} levels`);
  if (value === null) writer.null();
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "string") writer.text(value);
  else if (typeof value === "bigint") writeInteger(writer, value, path);
  else if (typeof value === "number") writeInteger(writer, integerOf(value, path), path);
  else if (value instanceof Uint8Array) writer.bytes(value);
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (const [i, item] of value.entries()) write(writer, item, `${path}[${i}]`, depth + 1);
  } else if (typeof value === "object") writeMap(writer, value as Record<string, unknown>, path, depth);
  else throw bad(path, `a ${typeof value} cannot be sent`);
}

function writeMap(writer: CborWriter, map: Record<string, unknown>, path: string, depth: number): void {
  // Canonical order: shorter keys first, then bytewise; the key's head grows with its length.
  const entries = Object.entries(map)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, key: utf8(name), value }))
    .sort((a, b) => a.key.length - b.key.length || compare(a.key, b.key));
  writer.map(entries.length);
  for (const { name, value } of entries) {
    writer.text(name);
    write(writer, value, `${path}.${name}`, depth + 1);
  }
}

function integerOf(value: number, path: string): bigint {
  if (!Number.isSafeInteger(value))
    throw bad(path, "fractions and numbers beyond 2^53 cannot be sent; quote it as text");
  return BigInt(value);
}

function writeInteger(writer: CborWriter, value: bigint, path: string): void {
  if (value >= 1n << 64n || value < -(1n << 63n)) throw bad(path, "beyond 64 bits");
  if (value < 0n) writer.int64(value);
  else writer.uint64(value);
}

function bad(path: string, reason: string): QanatError {
  return new QanatError("runtime/bad-config", `${path}: ${reason}`, { path, reason });
}
