import { KnownVrfOutputs, type VrfClaim } from "./known-vrf-outputs.ts";

/** What was verified elsewhere, for {@link KnownSignatures.addAll}. */
export interface VerifiedClaims {
  /** Claims one after the other, as {@link writeClaim} writes them. */
  readonly signatures: Uint8Array;
  readonly vrf: readonly VrfClaim[];
}

/** Bytes of one claim, that a key signed a digest: public key 32, digest 32, signature 64. */
export const CLAIM_LENGTH = 128;
const DIGEST_START = 32;
const SIGNATURE_START = 64;

/** What the memory may take when nothing else is said: 16,384 signatures, several blocks' worth. */
const DEFAULT_BUDGET = 2 * 1024 * 1024;

/**
 * Memory of signatures and VRF proofs that were verified, so that none is verified twice: a precommit comes as a vote and again in the
 * next block, a block to come is verified ahead on another thread. A signature that is not in here is just verified.
 *
 * The memory is taken once and never grows: a signature takes the place of another one whose first bytes are alike.
 */
export class KnownSignatures {
  readonly vrf = new KnownVrfOutputs();
  readonly #claims: Uint8Array;
  /** 1 where a place holds a claim. */
  readonly #taken: Uint8Array;
  readonly #places: number;

  constructor(budgetBytes: number = DEFAULT_BUDGET) {
    this.#places = Math.max(1, Math.floor(budgetBytes / (CLAIM_LENGTH + 1)));
    this.#claims = new Uint8Array(this.#places * CLAIM_LENGTH);
    this.#taken = new Uint8Array(this.#places);
  }

  /** Whether this very signature of this very digest by this very key was added. */
  has(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
    if (!isClaim(publicKey, digest, signature)) return false;
    const place = this.#placeOf(signature);
    if (this.#taken[place] === 0) return false;
    const start = place * CLAIM_LENGTH;
    return (
      this.#holds(signature, start + SIGNATURE_START) &&
      this.#holds(digest, start + DIGEST_START) &&
      this.#holds(publicKey, start)
    );
  }

  /** Adds a signature that was verified. Digests of other lengths than 32 are not kept. */
  add(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): void {
    if (!isClaim(publicKey, digest, signature)) return;
    const place = this.#placeOf(signature);
    writeClaim(this.#claims, place * CLAIM_LENGTH, publicKey, digest, signature);
    this.#taken[place] = 1;
  }

  /** Adds what was verified elsewhere. */
  addAll({ signatures, vrf }: VerifiedClaims): void {
    for (const claim of vrf) this.vrf.add(claim);
    for (let start = 0; start + CLAIM_LENGTH <= signatures.length; start += CLAIM_LENGTH) {
      const place = this.#placeOf(signatures, start + SIGNATURE_START);
      this.#claims.set(signatures.subarray(start, start + CLAIM_LENGTH), place * CLAIM_LENGTH);
      this.#taken[place] = 1;
    }
  }

  /** @param offset where the signature starts in the bytes */
  #placeOf(bytes: Uint8Array, offset = 0): number {
    const start =
      (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    return (start >>> 0) % this.#places;
  }

  #holds(bytes: Uint8Array, start: number): boolean {
    for (let i = 0; i < bytes.length; i++) if (this.#claims[start + i] !== bytes[i]) return false;
    return true;
  }
}

/** Writes one claim at an offset. */
export function writeClaim(
  target: Uint8Array,
  offset: number,
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): void {
  target.set(publicKey, offset);
  target.set(digest, offset + DIGEST_START);
  target.set(signature, offset + SIGNATURE_START);
}

function isClaim(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  return publicKey.length === 32 && digest.length === 32 && signature.length === 64;
}
