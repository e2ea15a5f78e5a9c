import { tuplehash256 } from "@noble/hashes/sha3-addons.js";
import { utf8 } from "../codec/bytes.ts";

/** TupleHash256 (NIST SP 800-185) of the items under a customisation text; 32 bytes unless told otherwise. */
export function tupleHash256(customization: string, items: readonly Uint8Array[], length = 32): Uint8Array {
  return tuplehash256([...items], { dkLen: length, personalization: utf8(customization) });
}
