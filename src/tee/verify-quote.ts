import type { Quote, QuotePolicy } from "../types/sgx.ts";
import { verifyIasQuote } from "./ias/verify-ias-quote.ts";
import { verifyPcsQuote } from "./pcs/verify-pcs-quote.ts";
import { QuoteError } from "./quote-error.ts";
import type { QuoteRules } from "./quote-rules.ts";
import type { VerifiedQuote } from "./verified-quote.ts";
import type { IntelRoots } from "./x509/intel-roots.ts";

export interface QuoteCheck {
  /** Null: nobody says anything. */
  readonly policy: QuotePolicy | null;
  readonly rules: QuoteRules;
  readonly roots: IntelRoots;
  /** Unix nanoseconds. */
  readonly time: bigint;
}

/** Verifies a quote of whichever kind it is. @throws QuoteError, MissingPolicyError */
export function verifyQuote({ ias, pcs }: Quote, check: QuoteCheck): VerifiedQuote {
  const { policy, rules, roots, time } = check;
  if (ias !== null && pcs === null) {
    return verifyIasQuote(ias, { policy: policy?.ias ?? null, rules, root: roots.reportSigning, time });
  }
  if (pcs !== null && ias === null) {
    return verifyPcsQuote(pcs, { policy: policy?.pcs ?? null, rules, root: roots.sgx, time });
  }
  throw new QuoteError("an attestation has to have exactly one quote");
}
