import { concat, fromHex, toBase64, toHex, utf8 } from "../../src/codec/bytes.ts";
import type { Namespace, PublicKey, X25519Key } from "../../src/codec/common-types.ts";
import { encode } from "../../src/codec/schema.ts";
import type { AttestationVerifier } from "../../src/consensus/attestation.ts";
import { contexts } from "../../src/crypto/contexts.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import { type MemorySigner, testSigner } from "../../src/crypto/memory-signer.ts";
import { createAttestationVerifier } from "../../src/tee/attestation-verifier.ts";
import { STRICT_RULES } from "../../src/tee/quote-rules.ts";
import { attestationHash, rakBinding } from "../../src/tee/verify-attestation.ts";
import { type CapabilityTEE, TEE_HARDWARE_INTEL_SGX } from "../../src/types/node.ts";
import { type AVRBundle, type EnclaveIdentity, QuoteBundle } from "../../src/types/sgx.ts";
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

// Layout of an EPID quote, of a DCAP quote of version 3, and of the report in both.
const HEADER_LENGTH = 48;
const REPORT_LENGTH = 384;
const FLAGS = 48;
const MR_ENCLAVE = 64;
const MR_SIGNER = 128;
const REPORT_DATA = 320;
/** An initialised 64-bit debug enclave, the only kind that a network in debug mode takes. */
const DEBUG_ENCLAVE = 7;
const INTEL = fromHex("939a7233f79c4ca9940a0db3957f0607");
/** Signature of a DCAP quote with nothing in it but an empty chain of certificates. */
const SIGNATURE_LENGTH = 584;
const CERTIFICATION_TYPE = 578;
const PCK_CHAIN = 5;

/** How a node proves what its enclave is: the attestation's version, and the kind of quote in it. */
export type AttestationForm = "EPID, version 0" | "EPID" | "DCAP";

/** What a node says about its enclave: a quote without Intel's signature, for nodes that do not look at it. */
export function teeCapability(
  node: PublicKey,
  runtime: Namespace,
  minor: number,
  height: bigint,
  form: AttestationForm,
): CapabilityTEE {
  const { rak, rek } = enclaveKeys(node, runtime);
  const identity = enclaveIdentity(runtime, minor);
  const report = new Uint8Array(REPORT_LENGTH);
  report[FLAGS] = DEBUG_ENCLAVE;
  report.set(identity.mr_enclave, MR_ENCLAVE);
  report.set(identity.mr_signer, MR_SIGNER);
  report.set(rakBinding(rak.publicKey), REPORT_DATA);
  const quote = form === "DCAP" ? { ias: null, pcs: dcap(report) } : { ias: epid(report), pcs: null };
  const signature = rak.sign(
    contexts.teeAttestation,
    attestationHash(report.subarray(REPORT_DATA), node, height, rek),
  );
  const v = form === "EPID, version 0" ? 0 : 1;
  const attestation = encode(SGXAttestation, { v, quote, height, signature });
  return { hardware: TEE_HARDWARE_INTEL_SGX, rak: rak.publicKey, rek, attestation };
}

function epid(report: Uint8Array): AVRBundle {
  const header = new Uint8Array(HEADER_LENGTH);
  header[0] = 2;
  const body = {
    timestamp: "2023-11-14T22:13:20.000000",
    version: 4,
    isvEnclaveQuoteStatus: "OK",
    isvEnclaveQuoteBody: toBase64(concat(header, report)),
  };
  return { body: utf8(JSON.stringify(body)), certificate_chain: null, signature: null };
}

function dcap(report: Uint8Array): QuoteBundle {
  const header = new Uint8Array(HEADER_LENGTH);
  header[0] = 3;
  header[2] = 2;
  header.set(INTEL, 12);
  const signature = new Uint8Array(SIGNATURE_LENGTH);
  signature[CERTIFICATION_TYPE] = PCK_CHAIN;
  const length = Uint8Array.of(SIGNATURE_LENGTH, SIGNATURE_LENGTH >> 8, 0, 0);
  return { ...QuoteBundle.zero(), quote: concat(header, report, length, signature) };
}

/** Judges attestations as nodes do that do not look at Intel's signatures. */
export function trustingVerifier(debug: boolean): AttestationVerifier {
  return createAttestationVerifier({
    ...STRICT_RULES,
    allowDebugEnclaves: debug,
    allowTestSigner: debug,
    skipIasVerification: true,
    skipPcsVerification: true,
  });
}
