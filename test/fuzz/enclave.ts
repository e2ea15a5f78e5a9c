import { equal, fromBase64, fromUtf8, toBase64, toHex, u64le, utf8 } from "../../src/codec/bytes.ts";
import type { Namespace, PublicKey, X25519Key } from "../../src/codec/common-types.ts";
import { decode, encode } from "../../src/codec/schema.ts";
import type { AttestationInput, AttestationVerifier } from "../../src/consensus/attestation.ts";
import { TxError } from "../../src/consensus/errors.ts";
import { isValidSgxConstraints } from "../../src/consensus/registry/sgx-constraints.ts";
import { contexts } from "../../src/crypto/contexts.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import { type MemorySigner, testSigner } from "../../src/crypto/memory-signer.ts";
import { verify } from "../../src/crypto/signature.ts";
import { tupleHash256 } from "../../src/crypto/tuple-hash.ts";
import { type CapabilityTEE, TEE_HARDWARE_INTEL_SGX } from "../../src/types/node.ts";
import type { EnclaveIdentity } from "../../src/types/sgx.ts";
import { SGXAttestation, SGXConstraints } from "../../src/types/sgx-attestation.ts";
import type { Random } from "./random.ts";

/** Keys of the enclave that a node runs for a ParaTime. */
export interface EnclaveKeys {
  readonly rak: MemorySigner;
  readonly rek: X25519Key;
}

export function enclaveKeys(node: PublicKey, runtime: Namespace): EnclaveKeys {
  const name = `${toHex(node)} ${toHex(runtime)}`;
  const rek: Uint8Array = sha512_256(utf8(`fuzz rek ${name}`));
  return { rak: testSigner(`fuzz rak ${name}`), rek: rek as X25519Key };
}

/** The enclave of a ParaTime's version. */
export function enclaveIdentity(runtime: Namespace, minor: number): EnclaveIdentity {
  return { mr_enclave: sha512_256(runtime, Uint8Array.of(minor)), mr_signer: new Uint8Array(32).fill(7) };
}

/** Constraints of a version, in the form that every network takes or in the one that needs PCS. */
export function constraintsOf(random: Random, runtime: Namespace, minor: number): Uint8Array {
  const enclaves = [enclaveIdentity(runtime, minor)];
  const ias = {
    disabled: false,
    allowed_quote_statuses: null,
    gid_blacklist: null,
    min_tcb_evaluation_data_number: 0,
  };
  const current = SGXConstraints.zero();
  const form = random.chance(0.7)
    ? { ...current, v: 0, enclaves }
    : { ...current, v: 1, enclaves, policy: { ias, pcs: null }, max_attestation_age: random.bigint(20n) };
  return encode(SGXConstraints, form);
}

// Layout of an EPID quote and of the report in it.
const QUOTE_LENGTH = 432;
const REPORT = 48;
const FLAGS = REPORT + 48;
const MR_ENCLAVE = REPORT + 64;
const MR_SIGNER = REPORT + 128;
const REPORT_DATA = REPORT + 320;
const REPORT_DATA_LENGTH = 64;
/** An initialised 64-bit debug enclave, the only kind that a network in debug mode takes. */
const DEBUG_ENCLAVE = 7;

/** What a node says about its enclave: a report without Intel's signature, for nodes that do not look at it. */
export function teeCapability(
  node: PublicKey,
  runtime: Namespace,
  minor: number,
  height: bigint,
  form: number,
): CapabilityTEE {
  const { rak, rek } = enclaveKeys(node, runtime);
  const identity = enclaveIdentity(runtime, minor);
  const quote = new Uint8Array(QUOTE_LENGTH);
  quote[0] = 2;
  quote[FLAGS] = DEBUG_ENCLAVE;
  quote.set(identity.mr_enclave, MR_ENCLAVE);
  quote.set(identity.mr_signer, MR_SIGNER);
  quote.set(rakHash(rak.publicKey), REPORT_DATA);
  const body = {
    timestamp: "2023-11-14T22:13:20.000000",
    version: 4,
    isvEnclaveQuoteStatus: "OK",
    isvEnclaveQuoteBody: toBase64(quote),
  };
  const ias = { body: utf8(JSON.stringify(body)), certificate_chain: null, signature: null };
  const reportData = quote.subarray(REPORT_DATA, REPORT_DATA + REPORT_DATA_LENGTH);
  const signature = rak.sign(contexts.teeAttestation, attestationDigest(reportData, node, height, rek));
  const attestation = encode(SGXAttestation, { v: form, quote: { ias, pcs: null }, height, signature });
  return { hardware: TEE_HARDWARE_INTEL_SGX, rak: rak.publicKey, rek, attestation };
}

/** Takes reports as they are, and checks everything around them as consensus-b.md 5.1 says. */
export const trustingVerifier: AttestationVerifier = {
  verify: (input) => {
    const { capability, teeFeatures, nodeId, height } = input;
    const sgx = teeFeatures?.sgx ?? null;
    if (capability.hardware !== TEE_HARDWARE_INTEL_SGX) {
      throw new TxError("invalid TEE hardware");
    }
    const { attestation, constraints } = open(input);
    const body = JSON.parse(fromUtf8(attestation.quote.ias?.body ?? utf8("{}")));
    const quote = fromBase64(body.isvEnclaveQuoteBody ?? "");
    const at = (offset: number, length: number) => quote.subarray(offset, offset + length);
    const known = (constraints.enclaves ?? []).some(
      ({ mr_enclave, mr_signer }) =>
        equal(mr_enclave, at(MR_ENCLAVE, 32)) && equal(mr_signer, at(MR_SIGNER, 32)),
    );
    if (!known || !equal(at(REPORT_DATA, 32), rakHash(capability.rak))) {
      throw new TxError("another enclave, or another key");
    }
    if (sgx?.signed_attestations) {
      const reportData = at(REPORT_DATA, REPORT_DATA_LENGTH);
      const digest = attestationDigest(reportData, nodeId, attestation.height, capability.rek);
      const signed = verify(contexts.teeAttestation, capability.rak, digest, attestation.signature);
      const maxAge = constraints.max_attestation_age || sgx.max_attestation_age;
      if (!signed || attestation.height > height || height - attestation.height > maxAge) {
        throw new TxError("attestation not signed, or not of late");
      }
    }
  },
};

function open({ capability, teeFeatures, constraints, feature261 }: AttestationInput) {
  const attestation = decode(SGXAttestation, capability.attestation);
  const required = decode(SGXConstraints, constraints);
  if (attestation.v !== 0 && !teeFeatures?.sgx.pcs) {
    throw new TxError("attestation of a later form");
  }
  if (!isValidSgxConstraints(required, teeFeatures, feature261)) {
    throw new TxError("malformed constraints");
  }
  return { attestation, constraints: required };
}

function rakHash(rak: PublicKey): Uint8Array {
  return sha512_256(utf8("oasis-core/node: TEE RAK binding"), rak);
}

function attestationDigest(
  reportData: Uint8Array,
  node: PublicKey,
  height: bigint,
  rek: X25519Key | null,
): Uint8Array {
  const parts = [reportData, node, u64le(height), ...(rek === null ? [] : [rek])];
  return tupleHash256(contexts.teeAttestation.text, parts);
}
