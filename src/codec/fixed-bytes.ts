import { fromBase64, fromHex, toBase64, toHex } from "./bytes.ts";
import { MAJOR_ARRAY } from "./cbor.ts";
import type { CborReader } from "./cbor-reader.ts";
import { type Codec, defineCodec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonArray, jsonString } from "./go-json.ts";
import { u8 } from "./scalars.ts";

/**
 * Text form in JSON: `hex` (input may be base64 as well), `base64`, an `array` of numbers, or functions of one's own.
 * The functions throw CodecError on bad text.
 */
export type BytesTextForm = "hex" | "base64" | "array" | TextForm;

export interface TextForm {
  toText(value: Uint8Array): string;
  fromText(text: string): Uint8Array;
}

export interface FixedBytesOptions {
  /** The type's own check, run on byte strings and text but, as in the network's decoder, not on arrays of numbers. */
  readonly check?: (value: Uint8Array) => void;
  /** For Go arrays without a decoder of their own: any length is taken, cut or filled with zeros. */
  readonly anyLength?: boolean;
}

/** Byte string of one length; as a map key its lowercase hex. */
export function fixedBytes<T extends Uint8Array = Uint8Array>(
  typeName: string,
  length: number,
  form: BytesTextForm,
  options: FixedBytesOptions = {},
): Codec<T> {
  const check = (value: Uint8Array): T => {
    if (value.length !== length)
      throw new CodecError(`${typeName} must have ${length} bytes, found ${value.length}`);
    options.check?.(value);
    return value as T;
  };
  const textForm = textFormOf(form, length);
  return defineCodec<T>({
    typeName,
    zero: () => new Uint8Array(length) as T,
    isEmpty: () => length === 0,
    write: (w, v) => {
      if (v.length !== length) throw new RangeError(`${typeName} must have ${length} bytes, has ${v.length}`);
      w.bytes(v);
    },
    read: (r) => {
      if (r.takeNull()) return new Uint8Array(length) as T;
      if (r.peekMajor() === MAJOR_ARRAY) return readFixedArray(r, length) as T;
      if (options.anyLength) return fitted(r.byteString(), length) as T;
      return check(r.byteString());
    },
    toJson: (v) => (textForm === undefined ? Array.from(v) : textForm.toText(v)),
    fromJson: (j, path) => {
      if (j === null) return new Uint8Array(length) as T;
      try {
        if (textForm !== undefined) return check(textForm.fromText(jsonString(j, "")));
        return fitted(
          Uint8Array.from(jsonArray(j, ""), (item) => u8.fromJson(item, "")),
          length,
        ) as T;
      } catch (error) {
        throw error instanceof CodecError ? error.within(path) : error;
      }
    },
    key: { toKey: toHex, fromKey: (key) => fromHex(String(key)) as T },
  });
}

const HEX: TextForm = {
  toText: toHex,
  fromText: fromHex,
};

const BASE64: TextForm = {
  toText: toBase64,
  fromText: fromBase64,
};

function textFormOf(form: BytesTextForm, length: number): TextForm | undefined {
  if (form === "array") return undefined;
  if (form === "base64") return BASE64;
  if (form !== "hex") return form;
  // Old genesis documents have base64 where hex is written today (formats.md 1.2).
  return { toText: toHex, fromText: (text) => (isHexOf(text, length) ? HEX : BASE64).fromText(text) };
}

function isHexOf(text: string, length: number): boolean {
  return text.length === 2 * length && /^[0-9a-fA-F]*$/.test(text);
}

/** An array of numbers fills the bytes: too few leave zeros, what is too much is skipped whatever it is. */
function readFixedArray(reader: CborReader, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const count = reader.enterArray();
  for (let i = 0; i < count; i++) {
    if (i < length) out[i] = u8.read(reader);
    else reader.skip();
  }
  reader.leave();
  return out;
}

function fitted(value: Uint8Array, length: number): Uint8Array {
  if (value.length === length) return value;
  const out = new Uint8Array(length);
  out.set(value.subarray(0, length));
  return out;
}
