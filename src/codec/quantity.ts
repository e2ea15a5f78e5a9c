import { bigintFromBytes, bigintToBytes, EMPTY_BYTES } from "./bytes.ts";
import { MAJOR_MAP } from "./cbor.ts";
import type { CborReader } from "./cbor-reader.ts";
import { type Codec, defineCodec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonString } from "./go-json.ts";
import { readNoFields } from "./struct.ts";

/** Digits of a quantity's text form beyond which it is refused, so that one number cannot take seconds to read. */
export const MAX_QUANTITY_DIGITS = 10_000;

const PREFIXED = /^(0[bB](_?[01])+|0[oO](_?[0-7])+|0[xX](_?[0-9a-fA-F])+|0(_?[0-7])*|[1-9](_?[0-9])*)$/;

/** Unsigned integer of any size: big-endian bytes in CBOR, decimal text in JSON. */
export const quantity: Codec<bigint> = defineCodec({
  typeName: "quantity",
  zero: () => 0n,
  isEmpty: (v) => v === 0n,
  // A struct inside for Go's JSON encoder, hence never empty there.
  isEmptyJson: () => false,
  write: (w, v) => w.bytes(quantityToBytes(v)),
  read: readQuantity,
  toJson: (v) => v.toString(),
  fromJson: (j, path) => (j === null ? 0n : parseQuantity(jsonString(j, path), path)),
});

/** Minimal big-endian bytes, zero empty. @throws RangeError when negative: a mistake of the caller */
function quantityToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError(`${value} is no quantity`);
  return value === 0n ? EMPTY_BYTES : bigintToBytes(value);
}

/**
 * Text form as Go's big.Int reads it with base 0: decimal, `0x`, `0o`, `0b` and leading-zero octal, underscores
 * between digits, a plus sign (and minus zero).
 *
 * @throws CodecError
 */
export function parseQuantity(digits: string, path = ""): bigint {
  const unsigned = /^[+-]/.test(digits) ? digits.slice(1) : digits;
  if (unsigned.length > MAX_QUANTITY_DIGITS) throw new CodecError("quantity has too many digits", path);
  if (!PREFIXED.test(unsigned)) throw new CodecError(`invalid quantity "${digits.slice(0, 80)}"`, path);
  const plain = unsigned.replaceAll("_", "");
  const value = BigInt(/^0[0-7]/.test(plain) ? `0o${plain.slice(1)}` : plain);
  if (value > 0n && digits.startsWith("-")) throw new CodecError("quantity is negative", path);
  return value;
}

function readQuantity(reader: CborReader): bigint {
  if (reader.takeNull()) return 0n;
  if (reader.peekMajor() === MAJOR_MAP) {
    // To the network's decoder a quantity is a struct without visible fields: an empty map leaves it at zero.
    readNoFields(reader);
    return 0n;
  }
  const [start, end] = reader.byteStringRange();
  return bigintFromBytes(reader.bytes, start, end);
}
