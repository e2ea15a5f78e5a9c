import { QanatError } from "../codec/errors.ts";
import { type Codec, decode } from "../codec/schema.ts";
import type { AttestationInput, AttestationVerifier } from "../consensus/attestation.ts";
import { InvariantError } from "../consensus/errors.ts";
import { isValidSgxConstraints } from "../consensus/registry/sgx-constraints.ts";
import { TEE_HARDWARE_INTEL_SGX } from "../types/node.ts";
import { TEEFeatures } from "../types/sgx.ts";
import { SGXAttestation, SGXConstraints } from "../types/sgx-attestation.ts";
import { MissingPolicyError, QuoteError } from "./quote-error.ts";
import type { QuoteRules } from "./quote-rules.ts";
import { verifyAttestation } from "./verify-attestation.ts";
import { type IntelRoots, readIntelRoots } from "./x509/intel-roots.ts";

/**
 * Verifies attestations for the state machine, by the rules that all nodes of its network have.
 * @param roots whose signatures count: Intel's
 */
export function createAttestationVerifier(
  rules: QuoteRules,
  roots: IntelRoots = readIntelRoots(),
): AttestationVerifier {
  return {
    verify: (input) => {
      const { attestation, constraints } = readInput(input);
      const features = (input.teeFeatures ?? TEEFeatures.zero()).sgx;
      try {
        verifyAttestation(attestation, {
          capability: input.capability,
          nodeId: input.nodeId,
          signatures: input.signatures,
          time: input.timeNs,
          height: input.height,
          constraints,
          features,
          rules,
          roots,
        });
      } catch (error) {
        if (error instanceof MissingPolicyError) throw new InvariantError(error.message);
        throw error;
      }
    },
  };
}

function readInput({ capability, constraints: bytes, teeFeatures, feature261 }: AttestationInput) {
  if (capability.hardware !== TEE_HARDWARE_INTEL_SGX) throw new QuoteError("unknown TEE hardware");
  const attestation = read(SGXAttestation, capability.attestation);
  if (attestation.v !== 0 && !(teeFeatures?.sgx.pcs ?? false)) {
    throw new QuoteError(`attestations of version ${attestation.v} are not allowed yet`);
  }
  const constraints = read(SGXConstraints, bytes);
  if (!isValidSgxConstraints(constraints, teeFeatures, feature261)) {
    throw new QuoteError("the deployment's constraints are not allowed");
  }
  return { attestation, constraints };
}

function read<T>(codec: Codec<T>, bytes: Uint8Array | null): T {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (!(error instanceof QanatError)) throw error;
    throw new QuoteError(`malformed ${codec.typeName}: ${error.message}`, { cause: error });
  }
}
