import { type AVRBundle, type IASQuotePolicy, ISVEnclaveQuoteStatus } from "../../types/sgx.ts";
import { MissingPolicyError, QuoteError } from "../quote-error.ts";
import type { QuoteRules } from "../quote-rules.ts";
import type { VerifiedQuote } from "../verified-quote.ts";
import type { Certificate } from "../x509/certificate.ts";
import { readAvr } from "./avr.ts";
import { verifyAvrSignature } from "./avr-signature.ts";
import { readEpidQuote } from "./epid-quote.ts";
import type { QuoteStatus } from "./statuses.ts";

export interface IasCheck {
  readonly policy: IASQuotePolicy | null;
  readonly rules: QuoteRules;
  /** "Intel SGX Attestation Report Signing CA". */
  readonly root: Certificate;
  /** Unix nanoseconds. */
  readonly time: bigint;
}

/**
 * Verifies a report of Intel's EPID attestation service. facts/sgx.md 4.3.
 * @throws QuoteError, MissingPolicyError where nobody says what is allowed
 */
export function verifyIasQuote(bundle: AVRBundle, check: IasCheck): VerifiedQuote {
  const { policy, rules, root, time } = check;
  if (policy?.disabled) throw new QuoteError("EPID quotes are disabled by policy");
  if (!rules.skipIasVerification) verifyAvrSignature(bundle, root, time);
  const avr = readAvr(bundle.body, rules);
  if (!isAllowed(avr.status, policy)) throw new QuoteError(`status ${avr.status} is not allowed by policy`);
  if (policy === null) throw new MissingPolicyError();
  if (avr.tcbEvaluationDataNumber < policy.min_tcb_evaluation_data_number) {
    throw new QuoteError(`evaluation ${avr.tcbEvaluationDataNumber} is too old for the policy`);
  }
  const { groupId, report } = readEpidQuote(avr.quote);
  if (policy.gid_blacklist?.includes(groupId)) throw new QuoteError("the platform's group is blocked");
  const { mrEnclave, mrSigner, reportData } = report;
  return { mrEnclave, mrSigner, reportData };
}

function isAllowed(status: QuoteStatus, policy: IASQuotePolicy | null): boolean {
  if (status === "OK" || status === "SW_HARDENING_NEEDED") return true;
  return policy?.allowed_quote_statuses?.includes(ISVEnclaveQuoteStatus.fromJson(status, "")) ?? false;
}
