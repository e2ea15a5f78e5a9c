import { utf8 } from "../codec/bytes.ts";
import type { PublicKey, RawSignature, VrfProof } from "../codec/common-types.ts";
import type { SignatureContext } from "./contexts.ts";
import { sha512_256 } from "./hash.ts";
import { primitives } from "./native.ts";
import { type Signer, signedDigest } from "./signature.ts";
import { proveVrf } from "./vrf.ts";

export const SEED_LENGTH = 32;

/** A signer with its key in memory. */
export class MemorySigner implements Signer {
  readonly publicKey: PublicKey;
  readonly #seed: Uint8Array;

  private constructor(seed: Uint8Array, publicKey: PublicKey) {
    this.#seed = seed;
    this.publicKey = publicKey;
  }

  static fromSeed(seed: Uint8Array): MemorySigner {
    if (seed.length !== SEED_LENGTH) throw new TypeError(`seed must have ${SEED_LENGTH} bytes`);
    return new MemorySigner(seed.slice(), primitives.ed25519PublicKey(seed));
  }

  static generate(): MemorySigner {
    return MemorySigner.fromSeed(primitives.randomBytes(SEED_LENGTH));
  }

  sign(context: SignatureContext, message: Uint8Array): RawSignature {
    return this.signRaw(signedDigest(context, message));
  }

  signRaw(message: Uint8Array): RawSignature {
    return primitives.ed25519Sign(this.#seed, this.publicKey, message);
  }

  /** VRF proof over alpha, signed raw, without a context. */
  prove(alpha: Uint8Array): VrfProof {
    return proveVrf(this.#seed, this.publicKey, alpha);
  }

  /** The secret itself, for writing key files. */
  exportSeed(): Uint8Array {
    return this.#seed.slice();
  }

  toString(): string {
    return "[private key]";
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Signer of a key that everybody knows: its seed is the hash of the name. For tests and local networks. */
export function testSigner(name: string): MemorySigner {
  return MemorySigner.fromSeed(sha512_256(utf8(name)));
}

export function testPublicKey(name: string): PublicKey {
  return primitives.ed25519PublicKey(sha512_256(utf8(name)));
}

/** Name of the official test entity's key. */
export const TEST_ENTITY = "ekiden test entity key seed";
