import type { PublicKey } from "../codec/common-types.ts";
import type { VerifyOptions } from "../crypto/signature.ts";
import type { CapabilityTEE } from "../types/node.ts";
import type { TEEFeatures } from "../types/sgx.ts";
import type { Context } from "./context.ts";
import { UnsupportedError } from "./errors.ts";
import { hasFeature261 } from "./features.ts";
import { getParameters } from "./registry/state.ts";

/** What an attestation is judged against. */
export interface AttestationInput {
  readonly capability: CapabilityTEE;
  readonly teeFeatures: TEEFeatures | null;
  /** CBOR constraints of the deployment; null when it has none, which no attestation satisfies. */
  readonly constraints: Uint8Array | null;
  readonly nodeId: PublicKey;
  /** Unix nanoseconds of the block. */
  readonly timeNs: bigint;
  /** Last committed height, against which the age is measured. */
  readonly height: bigint;
  readonly feature261: boolean;
  /** How the enclave's own signature is verified. */
  readonly signatures: VerifyOptions;
}

/**
 * Verifies the attestation of a node's enclave, exactly as every node of the network does (consensus-b.md 5.1).
 * Handed in by the composition root, since quotes belong to the TEE folder.
 * @throws QanatError when the attestation is not acceptable
 */
export interface AttestationVerifier {
  verify(input: AttestationInput): void;
}

/**
 * Verifies the attestation of a node's enclave as of the block being executed.
 * @param constraints CBOR constraints of the deployment that the enclave claims to be of
 * @throws QanatError when the attestation is not acceptable, UnsupportedError where this node cannot tell
 */
export function verifyAttestation(
  ctx: Context,
  nodeId: PublicKey,
  capability: CapabilityTEE,
  constraints: Uint8Array | null,
): void {
  if (ctx.chain.attestation === null) {
    throw new UnsupportedError("verification of enclave attestations", ctx.currentHeight);
  }
  ctx.chain.attestation.verify({
    capability,
    teeFeatures: getParameters(ctx.state).tee_features,
    constraints,
    nodeId,
    timeNs: ctx.timeNs,
    height: ctx.lastHeight,
    feature261: hasFeature261(ctx),
    signatures: ctx.chain.signatures,
  });
}
