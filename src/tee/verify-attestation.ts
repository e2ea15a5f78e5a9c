import { equal, utf8 } from "../codec/bytes.ts";
import type { PublicKey } from "../codec/common-types.ts";
import { contexts } from "../crypto/contexts.ts";
import { sha512_256 } from "../crypto/hash.ts";
import { type VerifyOptions, verify } from "../crypto/signature.ts";
import { tupleHash256 } from "../crypto/tuple-hash.ts";
import type { CapabilityTEE } from "../types/node.ts";
import type { TEEFeaturesSGX } from "../types/sgx.ts";
import type { SGXAttestation, SGXConstraints } from "../types/sgx-attestation.ts";
import { applyDefaultConstraints } from "./default-constraints.ts";
import { QuoteError } from "./quote-error.ts";
import type { QuoteRules } from "./quote-rules.ts";
import type { VerifiedQuote } from "./verified-quote.ts";
import { verifyQuote } from "./verify-quote.ts";
import type { IntelRoots } from "./x509/intel-roots.ts";

/** Whose attestation it is, and what it is judged against. */
export interface AttestationCheck {
  readonly capability: CapabilityTEE;
  readonly nodeId: PublicKey;
  readonly constraints: SGXConstraints;
  readonly features: TEEFeaturesSGX;
  readonly rules: QuoteRules;
  readonly roots: IntelRoots;
  readonly signatures: VerifyOptions;
  /** Unix nanoseconds. */
  readonly time: bigint;
  /** Height that the age is measured against. */
  readonly height: bigint;
}

const RAK_BINDING = utf8("oasis-core/node: TEE RAK binding");
const SIGNATURE_CONTEXT = contexts.teeAttestation;
const SIGNATURE_CUSTOMIZATION = "oasis-core/node: TEE attestation signature";
const HASH_LENGTH = 32;

/**
 * Verifies an attestation: its quote, that the enclave is one of the deployment's and made the key, and where the
 * network wants it, that the enclave signed the attestation for this node, not long ago. facts/sgx.md 5.6.
 * @throws QuoteError, MissingPolicyError
 */
export function verifyAttestation(attestation: SGXAttestation, check: AttestationCheck): void {
  const { capability, rules, roots, time, features } = check;
  const constraints = applyDefaultConstraints(check.constraints, features);
  const quote = verifyQuote(attestation.quote, { policy: constraints.policy, rules, roots, time });
  if (!isListed(quote, constraints)) throw new QuoteError("the enclave is none of the deployment's");
  const bound = rakBinding(capability.rak);
  // The other half of the report data is not looked at by the network.
  if (!equal(quote.reportData.subarray(0, HASH_LENGTH), bound)) {
    throw new QuoteError("the quote is for another key");
  }
  if (features.signed_attestations) verifySignature(attestation, quote, constraints, check);
}

/** The report data that a quote for a key has in its first half. */
export function rakBinding(rak: PublicKey): Uint8Array {
  return sha512_256(RAK_BINDING, rak);
}

/** What the enclave signs of its attestation. */
export function attestationHash(
  reportData: Uint8Array,
  nodeId: PublicKey,
  height: bigint,
  rek: Uint8Array | null,
): Uint8Array {
  const heightBytes = new Uint8Array(8);
  new DataView(heightBytes.buffer).setBigUint64(0, height, true);
  const items = [reportData, nodeId, heightBytes];
  return tupleHash256(SIGNATURE_CUSTOMIZATION, rek === null ? items : [...items, rek]);
}

function isListed(quote: VerifiedQuote, { enclaves }: SGXConstraints): boolean {
  return (enclaves ?? []).some(
    ({ mr_enclave, mr_signer }) => equal(mr_enclave, quote.mrEnclave) && equal(mr_signer, quote.mrSigner),
  );
}

function verifySignature(
  attestation: SGXAttestation,
  quote: VerifiedQuote,
  { max_attestation_age: maxAge }: SGXConstraints,
  { capability, nodeId, height, signatures }: AttestationCheck,
): void {
  const hash = attestationHash(quote.reportData, nodeId, attestation.height, capability.rek);
  if (!verify(SIGNATURE_CONTEXT, capability.rak, hash, attestation.signature, signatures)) {
    throw new QuoteError("the attestation is not signed by the enclave");
  }
  if (attestation.height > height) throw new QuoteError("the attestation is from the future");
  const age = height - attestation.height;
  if (age > maxAge) throw new QuoteError(`the attestation is ${age} blocks old, ${maxAge} are allowed`);
}
