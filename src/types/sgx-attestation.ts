import { rawSignature } from "../codec/common-types.ts";
import {
  type Codec,
  defineCodec,
  type FormerVersion,
  type Infer,
  list,
  nullable,
  optional,
  struct,
  u16,
  u64,
  versioned,
} from "../codec/schema.ts";
import {
  AVRBundle,
  EnclaveIdentity,
  IASQuotePolicy,
  ISVEnclaveQuoteStatus,
  Quote,
  QuotePolicy,
} from "./sgx.ts";

/** Version of the constraints and attestations that are written today; version 0 knows EPID only. */
export const LATEST_SGX_VERSION = 1;

const ConstraintsV0 = struct("SGXConstraintsV0", {
  enclaves: optional(list(EnclaveIdentity)),
  allowed_quote_statuses: optional(list(ISVEnclaveQuoteStatus)),
});

const ConstraintsV1 = struct("SGXConstraints", {
  v: u16,
  enclaves: optional(list(EnclaveIdentity)),
  policy: optional(nullable(QuotePolicy)),
  max_attestation_age: optional(u64),
});
export type SGXConstraints = Infer<typeof ConstraintsV1>;

const constraintsV0: FormerVersion<SGXConstraints> = {
  read: (reader) => {
    const old = ConstraintsV0.read(reader);
    const ias = IASQuotePolicy.make({ allowed_quote_statuses: old.allowed_quote_statuses });
    return ConstraintsV1.make({ enclaves: old.enclaves, policy: { ias, pcs: null } });
  },
};

/**
 * Which enclaves a deployed version may run as, and what their attestations have to satisfy.
 *
 * Version 0 has no `v` on the wire and is written back in its own form. oasis-core v26.1 go/common/node/sgx.go.
 */
export const SGXConstraints: Codec<SGXConstraints> = defineCodec<SGXConstraints>({
  ...versioned(ConstraintsV1, {
    current: [LATEST_SGX_VERSION],
    former: { 0: constraintsV0 },
    missing: constraintsV0,
  }),
  write: (writer, value) => {
    if (value.v !== 0) return ConstraintsV1.write(writer, value);
    ConstraintsV0.write(writer, {
      enclaves: value.enclaves,
      allowed_quote_statuses: value.policy?.ias?.allowed_quote_statuses ?? null,
    });
  },
});

const AttestationV1 = struct("SGXAttestation", {
  v: u16,
  quote: Quote,
  height: u64,
  signature: rawSignature,
});
export type SGXAttestation = Infer<typeof AttestationV1>;

const attestationV0: FormerVersion<SGXAttestation> = {
  read: (reader) => AttestationV1.make({ quote: { ias: AVRBundle.read(reader), pcs: null } }),
};

/**
 * A quote, the consensus height its enclave knew, and the enclave's signature of both.
 *
 * Version 0 is a bare attestation verification report, without `v` on the wire.
 */
export const SGXAttestation: Codec<SGXAttestation> = defineCodec<SGXAttestation>({
  ...versioned(AttestationV1, {
    current: [LATEST_SGX_VERSION],
    former: { 0: attestationV0 },
    missing: attestationV0,
  }),
  write: (writer, value) => {
    if (value.v !== 0) AttestationV1.write(writer, value);
    else nullable(AVRBundle).write(writer, value.quote.ias);
  },
});
