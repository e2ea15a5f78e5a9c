/**
 * What the rest of this folder needs from a cryptographic library. Two files provide it: `native.ts` (Node) and
 * `pure.ts` (JavaScript alone); one test suite runs over both.
 */
export interface Primitives {
  sha512_256(data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
  sha512(data: Uint8Array): Uint8Array;
  sha3_256(data: Uint8Array): Uint8Array;
  /** Ed25519 public key of a 32-byte seed (RFC 8032). */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** Deterministic Ed25519 signature (RFC 8032). */
  ed25519Sign(seed: Uint8Array, publicKey: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * A first opinion on a signature with S below the group order. True implies that the network's rule (facts/formats.md
   * 2.3) accepts it. False is final when key and R are of the prime-order group and says nothing otherwise.
   */
  ed25519Accepts(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Whether 32 bytes are the canonical encoding of a point, not the identity, of the prime-order group. */
  isPrimeOrderPoint(encoded: Uint8Array): boolean;
  /**
   * Encoding of `s·base − c·point` for little-endian scalars below the group order; without a base the generator
   * is meant. Undefined when a point is not of the prime-order group or a product is the identity.
   */
  scaledDifference(
    s: Uint8Array,
    base: Uint8Array | undefined,
    c: Uint8Array,
    point: Uint8Array,
  ): Uint8Array | undefined;
  randomBytes(length: number): Uint8Array;
}
