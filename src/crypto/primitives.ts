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
   * Whether the signature is acceptable beyond doubt: true implies that the network's rule (facts/formats.md 2.3)
   * accepts it. False says nothing: the rule decides in `ed25519.ts`. 64-byte signature, 32-byte key.
   */
  ed25519Accepts(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  randomBytes(length: number): Uint8Array;
}
