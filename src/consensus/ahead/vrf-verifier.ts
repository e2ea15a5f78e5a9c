import { toHex } from "../../codec/bytes.ts";
import { type PublicKey, VRF_PROOF_LENGTH } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { decode } from "../../codec/schema.ts";
import type { VrfClaim } from "../../crypto/known-vrf-outputs.ts";
import { verifyVrf } from "../../crypto/vrf.ts";
import { VRFProve } from "../../types/beacon.ts";
import type { Transaction } from "../../types/consensus.ts";

/** What the proofs of an epoch are about. */
export interface VrfInput {
  readonly epoch: bigint;
  readonly alpha: Uint8Array;
}

type Waiting = { readonly signer: PublicKey; readonly body: VRFProve };

/** Nodes whose keys are remembered, and proofs that may wait for the start of their epoch: a large network's. */
const MAX_NODES = 4096;

/**
 * Verifies VRF proofs ahead. What a proof is about only shows when its epoch begins, so proofs found before that wait.
 */
export class VrfVerifier {
  /** VRF keys by the hex of the node's id. */
  readonly #keys = new Map<string, PublicKey>();
  #input: VrfInput | null = null;
  #waiting: Waiting[] = [];

  addKey(nodeId: PublicKey, vrfKey: PublicKey): void {
    if (this.#keys.size > MAX_NODES) this.#keys.clear();
    this.#keys.set(toHex(nodeId), vrfKey);
  }

  /** Gives the waiting proofs that hold, one by one as they are verified. */
  *setInput(input: VrfInput): Iterable<VrfClaim> {
    this.#input = input;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ body }) => body.epoch > input.epoch);
    for (const proof of waiting) {
      const claim = this.#verify(proof, input);
      if (claim !== null) yield claim;
    }
  }

  /** The proof in a transaction, if it is there, known to be about something, and holds. */
  verify({ method, body }: Transaction, signer: PublicKey): VrfClaim | null {
    if (method !== "beacon.VRFProve") return null;
    const proof = { signer, body: decodeProof(body) };
    if (this.#input !== null && proof.body.epoch <= this.#input.epoch)
      return this.#verify(proof, this.#input);
    if (this.#waiting.length < MAX_NODES) this.#waiting.push(proof);
    return null;
  }

  #verify({ signer, body }: Waiting, { epoch, alpha }: VrfInput): VrfClaim | null {
    const publicKey = this.#keys.get(toHex(signer));
    const proof = body.pi;
    if (publicKey === undefined || body.epoch !== epoch || proof?.length !== VRF_PROOF_LENGTH) return null;
    const output = verifyVrf(publicKey, alpha, proof);
    return output === undefined ? null : { publicKey, alpha, proof, output };
  }
}

/** What does not decode is a proof for no epoch. */
function decodeProof(body: Uint8Array | null): VRFProve {
  try {
    return decode(VRFProve, body);
  } catch (error) {
    if (error instanceof QanatError) return VRFProve.zero();
    throw error;
  }
}
