import { LRUCache } from "lru-cache";
import { toHex } from "../../codec/bytes.ts";
import type { VrfProof } from "../../codec/common-types.ts";
import { vrfProofToHash } from "../../crypto/vrf.ts";

/** Proofs whose outputs are remembered: those of two epochs of a large network. */
const REMEMBERED = 2048;

/** Outputs by proof (hex). Every election of an epoch needs those of all nodes, at a fraction of a millisecond each. */
const outputs = new LRUCache<string, Uint8Array>({ max: REMEMBERED });

/** Output (64 bytes) of a proof that was verified on entry. The result is shared: treat it as frozen. */
export function vrfOutput(proof: VrfProof): Uint8Array {
  const id = toHex(proof);
  let output = outputs.get(id);
  if (output === undefined) {
    output = vrfProofToHash(proof);
    outputs.set(id, output);
  }
  return output;
}

/** Remembers what verifying a proof has shown. */
export function rememberVrfOutput(proof: VrfProof, output: Uint8Array): void {
  outputs.set(toHex(proof), output);
}
