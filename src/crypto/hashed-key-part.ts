import type { Hash } from "../codec/common-types.ts";
import type { KeyPart } from "../codec/keyformat.ts";
import { sha512_256 } from "./hash.ts";

/** Key element that holds the hash of the value given; decoding gives the hash back, not the value. */
export const hashedKeyPart: KeyPart<Uint8Array> = {
  length: 32,
  encode: (value): Hash => sha512_256(value),
  decode: (bytes): Hash => bytes.slice(),
};
