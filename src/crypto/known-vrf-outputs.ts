import { LRUCache } from "lru-cache";
import { toHex } from "../codec/bytes.ts";
import type { PublicKey, VrfProof } from "../codec/common-types.ts";
import { sha512_256 } from "./hash.ts";

/** That a proof by a key for an alpha is valid, and its output. */
export interface VrfClaim {
  readonly publicKey: PublicKey;
  readonly alpha: Uint8Array;
  readonly proof: VrfProof;
  /** 64 bytes. */
  readonly output: Uint8Array;
}

/** Proofs of two epochs of a large network; about 0.3 MB. */
const CAPACITY = 2048;

/** Memory of VRF proofs that were verified, so that none is verified twice. */
export class KnownVrfOutputs {
  readonly #outputs = new LRUCache<string, Uint8Array>({ max: CAPACITY });

  /** Output of this very proof, if it was added. */
  get(publicKey: PublicKey, alpha: Uint8Array, proof: VrfProof): Uint8Array | undefined {
    return this.#outputs.get(idOf(publicKey, alpha, proof));
  }

  /** Adds a proof that was verified. */
  add({ publicKey, alpha, proof, output }: VrfClaim): void {
    this.#outputs.set(idOf(publicKey, alpha, proof), output);
  }
}

/** Key and proof have fixed lengths, so the parts cannot be confused. */
function idOf(publicKey: PublicKey, alpha: Uint8Array, proof: VrfProof): string {
  return toHex(sha512_256(publicKey, proof, alpha));
}
