import { contexts } from "../crypto/contexts.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import { type Signer, signedDigest, verifyDigest } from "../crypto/signature.ts";

/** What a validator signs with: its consensus key. */
export type ConsensusSigner = Pick<Signer, "publicKey" | "sign">;

/**
 * Signature of the engine's sign bytes. The context knows no chain: the chain id is in the bytes (cometbft.md 0.1).
 */
export function signConsensusMessage(signer: ConsensusSigner, signBytes: Uint8Array): Uint8Array {
  return signer.sign(contexts.cometbft, signBytes);
}

/** Whether the signature holds under the network's acceptance rule. */
export function verifyConsensusSignature(
  publicKey: Uint8Array,
  signBytes: Uint8Array,
  signature: Uint8Array,
  known?: KnownSignatures,
): boolean {
  return verifyDigest(publicKey, signedDigest(contexts.cometbft, signBytes), signature, known);
}
