import type { PublicKey } from "../codec/common-types.ts";
import type { CapabilityTEE } from "../types/node.ts";
import type { TEEFeatures } from "../types/sgx.ts";

/** What an attestation is judged against. */
export interface AttestationInput {
  readonly capability: CapabilityTEE;
  readonly teeFeatures: TEEFeatures | null;
  /** CBOR constraints of the deployment; null when it has none, which no attestation satisfies. */
  readonly constraints: Uint8Array | null;
  readonly nodeId: PublicKey;
  /** Unix seconds of the block. */
  readonly time: bigint;
  /** Last committed height, against which the age is measured. */
  readonly height: bigint;
  readonly feature261: boolean;
}

/**
 * Verifies the attestation of a node's enclave, exactly as every node of the network does (consensus-b.md 5.1).
 * Handed in by the composition root, since quotes belong to the TEE folder.
 * @throws QanatError when the attestation is not acceptable
 */
export interface AttestationVerifier {
  verify(input: AttestationInput): void;
}
