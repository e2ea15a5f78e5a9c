import { QanatError } from "../codec/errors.ts";

/** An attestation that does not verify, with the reason. */
export class QuoteError extends QanatError {
  constructor(reason: string, options?: ErrorOptions) {
    super("tee/quote", reason, {}, options);
    this.name = "QuoteError";
  }
}

/**
 * An EPID report for a deployment that says nothing of such reports, in a network that says nothing either. The
 * official implementation ends there (oasis-core v26.1 go/common/sgx/ias/avr.go), so no block can contain one.
 */
export class MissingPolicyError extends Error {
  constructor() {
    super("nothing says which EPID reports are allowed");
    this.name = "MissingPolicyError";
  }
}
