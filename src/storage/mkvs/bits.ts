/**
 * Bit strings as the tree uses them: bit 0 is the highest bit of byte 0, the last byte is padded with zeros
 * (facts/formats.md 6.1).
 */

/** Bit `index` of `bytes`. */
export function bitAt(bytes: Uint8Array, index: number): 0 | 1 {
  return ((bytes[index >>> 3]! >>> (7 - (index & 7))) & 1) as 0 | 1;
}

/** Bytes that hold `bits` bits. */
export function bytesForBits(bits: number): number {
  return (bits + 7) >>> 3;
}

/**
 * How many bits two keys have in common from the start, given that the first `known` bits are equal. A key that
 * is a prefix of the other gives its whole length.
 */
export function commonPrefix(a: Uint8Array, b: Uint8Array, known = 0): number {
  const end = Math.min(a.length, b.length);
  for (let i = known >>> 3; i < end; i++) {
    const difference = a[i]! ^ b[i]!;
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return end * 8;
}

/** How many of the bits of `key` from bit `from` on equal the first bits of `label`: at most `labelBits`. */
export function commonPrefixWithLabel(
  key: Uint8Array,
  from: number,
  label: Uint8Array,
  labelBits: number,
): number {
  const limit = Math.min(key.length * 8 - from, labelBits);
  const shift = from & 7;
  let at = from >>> 3;
  for (let i = 0, bits = 0; bits < limit; i++, bits += 8, at++) {
    const byte = ((key[at]! << shift) | ((key[at + 1] ?? 0) >>> (8 - shift))) & 0xff;
    const difference = byte ^ label[i]!;
    if (difference !== 0) return Math.min(bits + Math.clz32(difference) - 24, limit);
  }
  return limit;
}

/** Bits `[from, to)` of `bytes`, moved to the front. */
export function sliceBits(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const out = new Uint8Array(bytesForBits(to - from));
  const shift = from & 7;
  let at = from >>> 3;
  for (let i = 0; i < out.length; i++, at++) {
    out[i] = (bytes[at]! << shift) | ((bytes[at + 1] ?? 0) >>> (8 - shift));
  }
  clearPadding(out, to - from);
  return out;
}

/** The first `aBits` bits of `a` followed by the first `bBits` bits of `b`. */
export function joinBits(a: Uint8Array, aBits: number, b: Uint8Array, bBits: number): Uint8Array {
  const out = new Uint8Array(bytesForBits(aBits + bBits));
  out.set(a.subarray(0, bytesForBits(aBits)));
  clearPadding(out, aBits);
  const shift = aBits & 7;
  let at = aBits >>> 3;
  for (let i = 0; i < bytesForBits(bBits); i++, at++) {
    out[at]! |= b[i]! >>> shift;
    if (at + 1 < out.length) out[at + 1] = b[i]! << (8 - shift);
  }
  clearPadding(out, aBits + bBits);
  return out;
}

/** Zeroes the bits of the byte that bit `bits - 1` is in, from bit `bits` on. */
function clearPadding(bytes: Uint8Array, bits: number): void {
  if ((bits & 7) !== 0) bytes[bits >>> 3]! &= 0xff00 >>> (bits & 7);
}
