import { concat, equal, isZero } from "../../codec/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";
import { PCSQuotePolicy, type QuoteBundle } from "../../types/sgx.ts";
import { QuoteError } from "../quote-error.ts";
import { checkDebugMode, checkSigner, type QuoteRules } from "../quote-rules.ts";
import { isDebugEnclave } from "../sgx-report.ts";
import type { VerifiedQuote } from "../verified-quote.ts";
import type { Certificate } from "../x509/certificate.ts";
import { p256Key, verifyP256 } from "../x509/p256.ts";
import { verifyChain } from "../x509/verify-chain.ts";
import { type PckInfo, readPckInfo } from "./pck.ts";
import { type PcsQuote, type QuotedReport, readQuote } from "./quote.ts";
import type { QeCertification } from "./quote-signature.ts";
import { verifyTcb } from "./tcb-bundle.ts";
import { checkTdxModule, tdIdentity } from "./td-report.ts";

/** What applies where neither the deployment nor the network has a policy. */
const DEFAULT_POLICY: PCSQuotePolicy = PCSQuotePolicy.make({
  tcb_validity_period: 30,
  min_tcb_evaluation_data_number: 12,
});

const HASH_LENGTH = 32;
/** Leaf, intermediate and root. */
const PCK_CHAIN_LENGTH = 3;

export interface PcsCheck {
  /** Null: the default one. */
  readonly policy: PCSQuotePolicy | null;
  readonly rules: QuoteRules;
  /** "Intel SGX Root CA". */
  readonly root: Certificate;
  /** Unix nanoseconds. */
  readonly time: bigint;
}

/** Verifies a DCAP quote with the collateral that it came with. facts/sgx.md 4.7. @throws QuoteError */
export function verifyPcsQuote(bundle: QuoteBundle, check: PcsCheck): VerifiedQuote {
  const quote = readQuote(bundle.quote ?? new Uint8Array(0));
  const policy = check.policy ?? DEFAULT_POLICY;
  if (policy.disabled) throw new QuoteError("DCAP quotes are disabled by policy");
  checkBody(quote.body, policy, check.rules);
  if (!check.rules.skipPcsVerification) verifySignatures(quote, bundle, { ...check, policy });
  return verifiedQuote(quote.body);
}

function checkBody(body: QuotedReport, policy: PCSQuotePolicy, rules: QuoteRules): void {
  if (body.tee === "sgx") {
    checkSigner(body.report.mrSigner, rules);
    checkDebugMode(isDebugEnclave(body.report), rules);
    return;
  }
  checkDebugMode(body.report.isDebug, rules);
  if (policy.tdx === null) throw new QuoteError("TDX is not allowed by policy");
  checkTdxModule(body.report, policy.tdx);
}

function verifySignatures(
  quote: PcsQuote,
  { tcb }: QuoteBundle,
  check: PcsCheck & { policy: PCSQuotePolicy },
): void {
  const { signature, attestationKey, qe } = quote.signature;
  const pck = verifyPck(qe, check);
  if (!verifyP256(pck.publicKey, qe.report.raw, qe.reportSignature)) {
    throw new QuoteError("the report of the quoting enclave is not signed by the platform");
  }
  const { reportData } = qe.report;
  const bound = sha256(concat(attestationKey, qe.authenticationData));
  if (!equal(reportData.subarray(0, HASH_LENGTH), bound) || !isZero(reportData.subarray(HASH_LENGTH))) {
    throw new QuoteError("the quoting enclave vouches for another key");
  }
  const tdxSvns = quote.body.tee === "tdx" ? quote.body.report.teeTcbSvn : null;
  verifyTcb(tcb, { ...check, pck, qeReport: qe.report, tdxSvns });
  if (!verifyP256(p256Key(attestationKey), quote.signed, signature)) {
    throw new QuoteError("the quote is not validly signed");
  }
}

function verifyPck({ pckChain }: QeCertification, { root, time }: PcsCheck): PckInfo {
  const [leaf, intermediate, last] = pckChain ?? [];
  if (leaf === undefined || intermediate === undefined || last === undefined) {
    throw new QuoteError("the quote has no certificate chain of the platform");
  }
  if (pckChain?.length !== PCK_CHAIN_LENGTH) throw new QuoteError("the quote has too many certificates");
  verifyChain(leaf, [intermediate], root, time);
  if (!equal(last.raw, root.raw)) throw new QuoteError("the quote has another root certificate");
  return readPckInfo(leaf);
}

function verifiedQuote(body: QuotedReport): VerifiedQuote {
  if (body.tee === "sgx") {
    const { mrEnclave, mrSigner, reportData } = body.report;
    return { mrEnclave, mrSigner, reportData };
  }
  return {
    mrEnclave: tdIdentity(body.report),
    mrSigner: new Uint8Array(HASH_LENGTH),
    reportData: body.report.reportData,
  };
}
