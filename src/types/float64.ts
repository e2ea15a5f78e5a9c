import { CodecError } from "../codec/errors.ts";
import { type Codec, defineCodec } from "../codec/schema.ts";

const HALF = 0xf9;
const SINGLE = 0xfa;
const DOUBLE = 0xfb;

/** A floating point number, written in the shortest form that is exact. No structure of the chain has one. */
export const float64: Codec<number> = defineCodec<number>({
  typeName: "float64",
  zero: () => 0,
  isEmpty: (value) => value === 0,
  write: (writer, value) => writer.raw(encodeFloat(value)),
  read: (reader) => (reader.takeNull() ? 0 : Number(reader.number())),
  toJson: (value) => value,
  fromJson: (json, path) => {
    if (json === null) return 0;
    const value = typeof json === "string" || typeof json === "boolean" ? Number.NaN : Number(json);
    if (Number.isNaN(value)) throw new CodecError("expected a number", path);
    return value;
  },
  keepsOnNull: true,
});

function encodeFloat(value: number): Uint8Array {
  if (Number.isNaN(value)) return Uint8Array.of(HALF, 0x7e, 0x00);
  const view = new DataView(new ArrayBuffer(9));
  view.setFloat16(1, value);
  if (Object.is(view.getFloat16(1), value)) return finish(view, HALF, 3);
  view.setFloat32(1, value);
  if (Object.is(view.getFloat32(1), value)) return finish(view, SINGLE, 5);
  view.setFloat64(1, value);
  return finish(view, DOUBLE, 9);
}

function finish(view: DataView, head: number, length: number): Uint8Array {
  view.setUint8(0, head);
  return new Uint8Array(view.buffer, 0, length);
}
