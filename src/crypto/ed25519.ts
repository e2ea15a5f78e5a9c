import { ed25519 } from "@noble/curves/ed25519.js";
import { concat } from "../codec/bytes.ts";
import { primitives } from "./native.ts";

const { Point } = ed25519;
type EdwardsPoint = InstanceType<typeof Point>;

const ORDER = Point.Fn.ORDER;
const ORDER_BYTES = littleEndianBytes(ORDER);

/**
 * The network's Ed25519 rule (facts/formats.md 2.3): S below the group order; A and R of any encoding that
 * decompresses, but not of small order; the equation with the cofactor. Neither RFC 8032's strict rule nor ZIP 215.
 *
 * The native library answers for the signatures that honest software makes, good or bad; what has points outside the
 * prime-order group is decided here, at about 1 ms each.
 */
export function verifyRaw(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!isBelowOrder(signature)) return false;
  if (primitives.ed25519Accepts(publicKey, message, signature)) return true;
  // Within the prime-order group the equation with the cofactor is the one without it: the refusal is final.
  const r = signature.subarray(0, 32);
  if (primitives.isPrimeOrderPoint(publicKey) && primitives.isPrimeOrderPoint(r)) return false;
  return satisfiesRule(publicKey, message, signature, littleEndian(signature.subarray(32)));
}

/** Whether S, the second half of a signature, is below the group order. */
function isBelowOrder(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = signature[32 + i]! - ORDER_BYTES[i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The rule by itself, without a first opinion. */
export function satisfiesRule(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  s: bigint,
): boolean {
  const r = signature.subarray(0, 32);
  const a = decompress(publicKey);
  const rPoint = decompress(r);
  if (a === undefined || rPoint === undefined || a.isSmallOrder() || rPoint.isSmallOrder()) return false;
  const k = littleEndian(primitives.sha512(concat(r, publicKey, message))) % ORDER;
  const difference = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).subtract(rPoint);
  return difference.clearCofactor().is0();
}

/** Point of an encoding, non-canonical ones included: y above the field's modulus, a sign bit on x = 0. */
function decompress(encoded: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(encoded.slice(), true);
  } catch {
    return undefined;
  }
}

function littleEndianBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

export function littleEndian(bytes: Uint8Array): bigint {
  let hex = "0x0";
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes[i]!.toString(16).padStart(2, "0");
  return BigInt(hex);
}
