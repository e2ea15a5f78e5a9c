import { toHex } from "../../codec/bytes.ts";
import {
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_MAP,
  MAJOR_NEGATIVE,
  MAJOR_TEXT,
  MAJOR_UINT,
} from "../../codec/cbor.ts";
import { CborReader } from "../../codec/cbor-reader.ts";
import { CborWriter } from "../../codec/cbor-writer.ts";
import { CodecError } from "../../codec/errors.ts";
import { parseJson, stringifyJson } from "../../codec/go-json.ts";
import { UsageError } from "../errors.ts";

/**
 * Any CBOR item as JSON for people: byte strings as `0x…`, text alone without quotes.
 * Bytes that are no CBOR are shown as hex.
 */
export function cborText(item: Uint8Array): string {
  try {
    const value = readValue(new CborReader(item));
    return typeof value === "string" ? value : stringifyJson(value, 2);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return `0x${toHex(item)}`;
  }
}

/** CBOR of a JSON value. @throws UsageError when the text is no JSON */
export function cborOfJson(text: string): Uint8Array {
  const writer = new CborWriter();
  try {
    writeValue(writer, parseJson(text));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new UsageError(`not a JSON value: ${error.message}`);
  }
  return writer.toBytes();
}

function readValue(reader: CborReader): unknown {
  if (reader.takeNull()) return null;
  switch (reader.peekMajor()) {
    case MAJOR_UINT:
      return reader.uint64();
    case MAJOR_NEGATIVE:
      return reader.int64();
    case MAJOR_BYTES:
      return `0x${toHex(reader.byteString())}`;
    case MAJOR_TEXT:
      return reader.text();
    case MAJOR_ARRAY: {
      const items: unknown[] = [];
      for (let left = reader.enterArray(); left > 0; left--) items.push(readValue(reader));
      reader.leave();
      return items;
    }
    case MAJOR_MAP: {
      const members: [string, unknown][] = [];
      for (let left = reader.enterMap(); left > 0; left--) {
        const key = readValue(reader);
        members.push([typeof key === "string" ? key : stringifyJson(key), readValue(reader)]);
      }
      reader.leave();
      return Object.fromEntries(members);
    }
    default:
      return readSimple(reader);
  }
}

function readSimple(reader: CborReader): unknown {
  const byte = reader.bytes[reader.offset];
  return byte === 0xf4 || byte === 0xf5 ? reader.bool() : reader.number();
}

function writeValue(writer: CborWriter, value: unknown): void {
  if (value === null) writer.null();
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "string") writer.text(value);
  else if (typeof value === "bigint" || Number.isInteger(value))
    writeInteger(writer, BigInt(value as number));
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (const item of value) writeValue(writer, item);
  } else if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const members = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
    writer.map(members.length);
    for (const [key, member] of members) {
      writer.text(key);
      writeValue(writer, member);
    }
  } else throw new CodecError("only whole numbers can be given");
}

function writeInteger(writer: CborWriter, value: bigint): void {
  if (value < 0n ? BigInt.asIntN(64, value) !== value : BigInt.asUintN(64, value) !== value) {
    throw new CodecError(`${value} does not fit into 64 bits`);
  }
  if (value < 0n) writer.int64(value);
  else writer.uint64(value);
}
