/**
 * Bytes as text, in JavaScript alone: what `bytes.ts` uses where there is no Node. Inputs are trusted, as are those of
 * the functions that they stand for.
 */

const HEX_DIGITS = "0123456789abcdef";
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, b) => HEX_DIGITS[b >> 4]! + HEX_DIGITS[b & 15]!);
export const BASE64_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Characters that are made in one call; engines limit its arguments. */
const CHUNK = 8192;

/** Lowercase hex of `bytes[start, end)`. */
export function hex(bytes: Uint8Array, start: number, end: number): string {
  let out = "";
  for (let i = start; i < end; i++) out += HEX_OF_BYTE[bytes[i]!];
  return out;
}

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array, start: number, end: number): string {
  let out = "";
  let i = start;
  for (; i + 2 < end; i += 3) {
    const n = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out +=
      BASE64_DIGITS[n >> 18]! +
      BASE64_DIGITS[(n >> 12) & 63]! +
      BASE64_DIGITS[(n >> 6) & 63]! +
      BASE64_DIGITS[n & 63]!;
  }
  if (i + 1 === end) {
    const n = bytes[i]!;
    out += `${BASE64_DIGITS[n >> 2]!}${BASE64_DIGITS[(n << 4) & 63]!}==`;
  } else if (i + 2 === end) {
    const n = (bytes[i]! << 8) | bytes[i + 1]!;
    out += `${BASE64_DIGITS[n >> 10]!}${BASE64_DIGITS[(n >> 4) & 63]!}${BASE64_DIGITS[(n << 2) & 63]!}=`;
  }
  return out;
}

/** One character (0..255) a byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let out = "";
  for (let i = start; i < end; i += CHUNK) {
    out += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + CHUNK)));
  }
  return out;
}
