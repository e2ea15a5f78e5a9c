import { concat, fromHex } from "../codec/bytes.ts";
import { type Codec, encode } from "../codec/codec.ts";
import type { Hash } from "../codec/common-types.ts";
import { primitives } from "./native.ts";

/** Total length up to which parts are joined in a buffer that is kept, sparing an allocation. */
const SCRATCH_LENGTH = 4096;
const scratch = new Uint8Array(SCRATCH_LENGTH);
/** The first so many bytes of the scratch buffer, by their number: a view costs as much as hashing a hundred bytes. */
const scratchViews = new Array<Uint8Array | undefined>(SCRATCH_LENGTH + 1).fill(undefined);

/** SHA-512/256 of nothing: the network's "empty hash", root of the empty tree. Not to be changed in place. */
export const EMPTY_HASH: Hash = fromHex("c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
/** 32 zero bytes: the network's "zero hash", which is another thing. Not to be changed in place. */
export const ZERO_HASH: Hash = new Uint8Array(32);

/** SHA-512/256 of the parts put together: the network's own hash. */
export function sha512_256(...parts: readonly Uint8Array[]): Hash {
  return primitives.sha512_256(joined(parts));
}

/** SHA-256 of the parts put together: CometBFT's hash. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return primitives.sha256(joined(parts));
}

export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return primitives.sha512(joined(parts));
}

export function sha3_256(...parts: readonly Uint8Array[]): Uint8Array {
  return primitives.sha3_256(joined(parts));
}

/** Hash of the canonical encoding of a value. */
export function hashOf<T>(codec: Codec<T>, value: T): Hash {
  return primitives.sha512_256(encode(codec, value));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
  if (length > SCRATCH_LENGTH) return concat(...parts);
  let offset = 0;
  for (let i = 0; i < parts.length; i++) {
    scratch.set(parts[i]!, offset);
    offset += parts[i]!.length;
  }
  const view = scratchViews[length] ?? scratch.subarray(0, length);
  scratchViews[length] = view;
  return view;
}
