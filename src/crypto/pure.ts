import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { randomBytes } from "@noble/hashes/utils.js";
import type { Primitives } from "./primitives.ts";

const { Point } = ed25519;

/** The same primitives in JavaScript alone, for where there is no Node. */
export const primitives: Primitives = {
  sha512_256: (data) => sha512_256(data),
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  sha3_256: (data) => sha3_256(data),
  ed25519PublicKey: (seed) => ed25519.getPublicKey(seed),
  ed25519Sign: (seed, _publicKey, message) => ed25519.sign(message, seed),
  ed25519Accepts: (publicKey, message, signature) => {
    try {
      const r = Point.fromBytes(signature.slice(0, 32));
      return !r.isSmallOrder() && ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
  isPrimeOrderPoint: (encoded) => primeOrderPoint(encoded) !== undefined,
  scaledDifference: (s, base, c, point) => {
    const left = base === undefined ? Point.BASE : primeOrderPoint(base);
    const right = primeOrderPoint(point);
    if (left === undefined || right === undefined) return undefined;
    const products = [
      left.multiplyUnsafe(Point.Fn.fromBytes(s)),
      right.multiplyUnsafe(Point.Fn.fromBytes(c)),
    ] as const;
    return products.some((product) => product.is0())
      ? undefined
      : products[0].subtract(products[1]).toBytes();
  },
  randomBytes: (length) => randomBytes(length),
};

function primeOrderPoint(encoded: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    const point = Point.fromBytes(encoded.slice());
    return point.isTorsionFree() && !point.is0() ? point : undefined;
  } catch {
    return undefined;
  }
}
