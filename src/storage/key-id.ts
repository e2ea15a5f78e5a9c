import { toLatin1 } from "../codec/bytes.ts";

/**
 * A key as a string with one character (0..255) a byte: usable as key of a `Map`, and two of them compare with
 * `<` as the keys order bytewise.
 */
export function keyId(key: Uint8Array): string {
  return toLatin1(key);
}

/** Inverse of {@link keyId}. */
export function keyOfId(id: string): Uint8Array {
  const key = new Uint8Array(id.length);
  for (let i = 0; i < id.length; i++) key[i] = id.charCodeAt(i);
  return key;
}
