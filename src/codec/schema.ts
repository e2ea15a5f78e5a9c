// biome-ignore-all lint/performance/noBarrelFile: the one entry file of the typed codec, so that a protocol structure needs one import
/**
 * The typed codec: one declaration of a protocol type serves CBOR and JSON (facts/formats.md 1).
 *
 * ```ts
 * export const Transfer = struct("Transfer", { to: address, amount: quantity });
 * export type Transfer = Infer<typeof Transfer>;
 * const bytes = encode(Transfer, { to, amount: 5n });
 * ```
 */
export type { DecodeMode } from "./cbor.ts";
export {
  type Codec,
  type CodecParts,
  decode,
  defineCodec,
  encode,
  fromJsonText,
  type Infer,
  type KeyCodec,
  toJsonText,
} from "./codec.ts";
export { byteEnumList, type KeyOf, list, map, nullable, tuple } from "./collections.ts";
export { type EnumWidth, textEnum } from "./enums.ts";
export { fixedBytes, type TextForm } from "./fixed-bytes.ts";
export { parseQuantity, quantity } from "./quantity.ts";
export { bool, bytes, duration, i64, int, raw, text, u8, u16, u32, u64 } from "./scalars.ts";
export {
  type FieldSpecs,
  type OptionalField,
  optional,
  type StructCodec,
  type StructValue,
  struct,
} from "./struct.ts";
export { unixTime, unixTimeNs } from "./time.ts";
export {
  type FormerVersion,
  MISSING_VERSION,
  readVersion,
  type VersionedOptions,
  versioned,
} from "./versioned.ts";
export { keyed, withText } from "./wrappers.ts";
