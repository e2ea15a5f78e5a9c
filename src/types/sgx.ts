import { fromBase64, fromHex, toBase64, toHex } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";
import {
  bool,
  bytes,
  type Codec,
  fixedBytes,
  type Infer,
  keyed,
  list,
  nullable,
  optional,
  struct,
  text,
  textEnum,
  u16,
  u32,
  u64,
  withText,
} from "../codec/schema.ts";

const MEASUREMENT_LENGTH = 32;

/** Hash of an enclave's contents. */
export const MrEnclave = fixedBytes("MrEnclave", MEASUREMENT_LENGTH, "hex");
export type MrEnclave = Infer<typeof MrEnclave>;

/** Hash of the key that signed an enclave. */
export const MrSigner = fixedBytes("MrSigner", MEASUREMENT_LENGTH, "hex");
export type MrSigner = Infer<typeof MrSigner>;

const EnclaveIdentityStruct = struct("EnclaveIdentity", { mr_enclave: MrEnclave, mr_signer: MrSigner });
export type EnclaveIdentity = Infer<typeof EnclaveIdentityStruct>;

/**
 * What an enclave is: its contents and its signer.
 *
 * A CBOR map even where it is a map key; in JSON base64 of MRENCLAVE and MRSIGNER joined (facts/formats.md 0.10).
 * As the key of a JavaScript map it is the lower-case hex of the same 64 bytes.
 */
export const EnclaveIdentity: Codec<EnclaveIdentity> = keyed(
  withText(EnclaveIdentityStruct, (id) => toBase64(joinIdentity(id)), identityFromText),
  { toKey: (id) => toHex(joinIdentity(id)), fromKey: (key) => splitIdentity(fromHex(String(key))) },
);

function identityFromText(encoded: string, path: string): EnclaveIdentity {
  const joined = fromBase64(encoded);
  if (joined.length !== 2 * MEASUREMENT_LENGTH) {
    throw new CodecError(`expected base64 of ${2 * MEASUREMENT_LENGTH} bytes (MRENCLAVE, MRSIGNER)`, path);
  }
  return splitIdentity(joined);
}

function joinIdentity(id: EnclaveIdentity): Uint8Array {
  const joined = new Uint8Array(2 * MEASUREMENT_LENGTH);
  joined.set(id.mr_enclave, 0);
  joined.set(id.mr_signer, MEASUREMENT_LENGTH);
  return joined;
}

function splitIdentity(joined: Uint8Array): EnclaveIdentity {
  return {
    mr_enclave: joined.slice(0, MEASUREMENT_LENGTH) as MrEnclave,
    mr_signer: joined.slice(MEASUREMENT_LENGTH) as MrSigner,
  };
}

/** Verdict of Intel's EPID attestation service about a quote. */
export const ISVEnclaveQuoteStatus = textEnum("ISVEnclaveQuoteStatus", "int", {
  OK: 1,
  SIGNATURE_INVALID: 2,
  GROUP_REVOKED: 3,
  SIGNATURE_REVOKED: 4,
  KEY_REVOKED: 5,
  SIGRL_VERSION_MISMATCH: 6,
  GROUP_OUT_OF_DATE: 7,
  CONFIGURATION_NEEDED: 8,
  SW_HARDENING_NEEDED: 9,
  CONFIGURATION_AND_SW_HARDENING_NEEDED: 10,
});
export type ISVEnclaveQuoteStatus = Infer<typeof ISVEnclaveQuoteStatus>;

/** Policy for EPID attestation. oasis-core v26.1 go/common/sgx/ias. */
export const IASQuotePolicy = struct("IASQuotePolicy", {
  disabled: optional(bool),
  allowed_quote_statuses: optional(list(ISVEnclaveQuoteStatus)),
  gid_blacklist: optional(list(u32)),
  min_tcb_evaluation_data_number: optional(u32),
});
export type IASQuotePolicy = Infer<typeof IASQuotePolicy>;

const TdxMeasurement = fixedBytes("TdxMeasurement", 48, "array", { anyLength: true });

/** A TDX module that is accepted: by measurement (null: any) and by signer (zero: Intel). */
export const TdxModulePolicy = struct("TdxModulePolicy", {
  mr_seam: optional(nullable(TdxMeasurement)),
  mr_signer_seam: TdxMeasurement,
});
export type TdxModulePolicy = Infer<typeof TdxModulePolicy>;

/** Policy for TDX quotes. */
export const TdxQuotePolicy = struct("TdxQuotePolicy", {
  allowed_tdx_modules: optional(list(TdxModulePolicy)),
});
export type TdxQuotePolicy = Infer<typeof TdxQuotePolicy>;

/** Policy for DCAP attestation; `tcb_validity_period` in days. oasis-core v26.1 go/common/sgx/pcs/policy.go. */
export const PCSQuotePolicy = struct("PCSQuotePolicy", {
  disabled: optional(bool),
  tcb_validity_period: u16,
  min_tcb_evaluation_data_number: u32,
  fmspc_whitelist: optional(list(text)),
  fmspc_blacklist: optional(list(text)),
  tdx: optional(nullable(TdxQuotePolicy)),
});
export type PCSQuotePolicy = Infer<typeof PCSQuotePolicy>;

/** What a quote has to satisfy, by kind of attestation. */
export const QuotePolicy = struct("QuotePolicy", {
  ias: optional(nullable(IASQuotePolicy)),
  pcs: optional(nullable(PCSQuotePolicy)),
});
export type QuotePolicy = Infer<typeof QuotePolicy>;

/** An attestation verification report of Intel's EPID service, with its signature and certificates. */
export const AVRBundle = struct("AVRBundle", {
  body: bytes,
  certificate_chain: bytes,
  signature: bytes,
});
export type AVRBundle = Infer<typeof AVRBundle>;

/** TCB information as Intel signed it: the JSON text's own bytes. */
export const SignedTCBInfo = struct("SignedTCBInfo", { tcb_info: bytes, signature: text });
/** Identity of the quoting enclave as Intel signed it: the JSON text's own bytes. */
export const SignedQEIdentity = struct("SignedQEIdentity", { enclave_identity: bytes, signature: text });

/** What is needed beside a DCAP quote to verify it. */
export const TCBBundle = struct("TCBBundle", {
  tcb_info: SignedTCBInfo,
  qe_id: SignedQEIdentity,
  certs: bytes,
});
export type TCBBundle = Infer<typeof TCBBundle>;

/** A DCAP quote with its collateral. */
export const QuoteBundle = struct("QuoteBundle", { quote: bytes, tcb: TCBBundle });
export type QuoteBundle = Infer<typeof QuoteBundle>;

/** A quote of either kind. */
export const Quote = struct("Quote", {
  ias: optional(nullable(AVRBundle)),
  pcs: optional(nullable(QuoteBundle)),
});
export type Quote = Infer<typeof Quote>;

/** What the consensus layer supports for Intel SGX. */
export const TEEFeaturesSGX = struct("TEEFeaturesSGX", {
  pcs: bool,
  signed_attestations: optional(bool),
  default_policy: optional(nullable(QuotePolicy)),
  max_attestation_age: optional(u64),
  tdx: optional(bool),
});
export type TEEFeaturesSGX = Infer<typeof TEEFeaturesSGX>;

/** Trusted-execution features that the consensus layer advertises. oasis-core v26.1 go/common/node/tee.go. */
export const TEEFeatures = struct("TEEFeatures", { sgx: TEEFeaturesSGX, freshness_proofs: bool });
export type TEEFeatures = Infer<typeof TEEFeatures>;
