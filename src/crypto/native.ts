import { hash, randomFillSync } from "node:crypto";
import sodium from "sodium-native";
import type { Primitives } from "./primitives.ts";

/** Node's and libsodium's implementations. The only file of codec and crypto that imports either. */
export const primitives: Primitives = {
  sha512_256: (data) => digest("sha512-256", data),
  sha256: (data) => digest("sha256", data),
  sha512: (data) => digest("sha512", data),
  sha3_256: (data) => digest("sha3-256", data),
  ed25519PublicKey: (seed) => {
    const publicKey = new Uint8Array(sodium.crypto_sign_PUBLICKEYBYTES);
    sodium.crypto_sign_seed_keypair(publicKey, new Uint8Array(sodium.crypto_sign_SECRETKEYBYTES), seed);
    return publicKey;
  },
  ed25519Sign: (seed, publicKey, message) => {
    const secretKey = new Uint8Array(sodium.crypto_sign_SECRETKEYBYTES);
    secretKey.set(seed);
    secretKey.set(publicKey, seed.length);
    const signature = new Uint8Array(sodium.crypto_sign_BYTES);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  },
  // libsodium refuses more than the network does (non-canonical keys, and in some versions points of mixed order);
  // what it accepts satisfies the equation without the cofactor or with it, with S < L and neither point of small order.
  ed25519Accepts: (publicKey, message, signature) =>
    sodium.crypto_sign_verify_detached(signature, message, publicKey),
  isPrimeOrderPoint: (encoded) => sodium.crypto_core_ed25519_is_valid_point(encoded),
  scaledDifference: (s, base, c, point) => {
    const left = new Uint8Array(sodium.crypto_core_ed25519_BYTES);
    const right = new Uint8Array(sodium.crypto_core_ed25519_BYTES);
    try {
      // Both throw on points outside the prime-order group and on the identity as a result.
      if (base === undefined) sodium.crypto_scalarmult_ed25519_base_noclamp(left, s);
      else sodium.crypto_scalarmult_ed25519_noclamp(left, s, base);
      sodium.crypto_scalarmult_ed25519_noclamp(right, c, point);
    } catch {
      return undefined;
    }
    sodium.crypto_core_ed25519_sub(left, left, right);
    return left;
  },
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
};

function digest(algorithm: string, data: Uint8Array): Uint8Array {
  // A one-byte-a-character string costs half of what a Buffer with memory of its own does.
  const characters = hash(algorithm, data, "binary");
  const out = new Uint8Array(characters.length);
  for (let i = 0; i < out.length; i++) out[i] = characters.charCodeAt(i);
  return out;
}
