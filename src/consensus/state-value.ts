import { toHex } from "../codec/bytes.ts";
import { type Codec, decode } from "../codec/schema.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import { InvariantError } from "./errors.ts";

/**
 * Decodes a value that the state machine itself wrote.
 * @throws InvariantError naming the key when the bytes cannot be decoded
 */
export function decodeState<T>(codec: Codec<T>, key: Uint8Array, value: Uint8Array): T {
  try {
    return decode(codec, value);
  } catch (cause) {
    throw new InvariantError(
      `corrupt state: ${codec.typeName} under key ${toHex(key)}`,
      { key: toHex(key) },
      { cause },
    );
  }
}

/** Reads and decodes a value; null when the key is absent. The result belongs to the caller, who may change it. */
export function readState<T>(state: ReadonlyTree, codec: Codec<T>, key: Uint8Array): T | null {
  const value = state.get(key);
  return value === null ? null : decodeState(codec, key, value);
}

/** Decoded forms of values that are read much more often than written, by the identity of their bytes. */
const decoded = new WeakMap<Uint8Array, { codec: Codec<unknown>; value: unknown }>();

/**
 * As {@link readState}, for large values that are read far more often than written: parameters, descriptors,
 * committees. A tree hands out the same bytes object for an unchanged value, which identifies the decoded form.
 *
 * The result is shared: treat it as frozen, change a copy.
 */
export function readSharedState<T>(
  state: ReadonlyTree,
  codec: Codec<T>,
  key: Uint8Array,
): Readonly<T> | null {
  const value = state.get(key);
  return value === null ? null : sharedValue(codec, key, value);
}

/** Decoded form of a value that stands under the key; shared as by {@link readSharedState}. */
export function sharedValue<T>(codec: Codec<T>, key: Uint8Array, value: Uint8Array): Readonly<T> {
  const known = decoded.get(value);
  if (known?.codec === codec) {
    return known.value as T;
  }
  const fresh = decodeState(codec, key, value);
  decoded.set(value, { codec, value: fresh });
  return fresh;
}

/** The value, or an InvariantError when the state lacks what InitChain always writes. */
export function requireState<T>(value: T | null, codec: Codec<unknown>, key: Uint8Array): T {
  if (value === null) {
    throw new InvariantError(`${codec.typeName} is missing from the state`, { key: toHex(key) });
  }
  return value;
}
