import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { fromBase64, toHex } from "../../src/codec/bytes.ts";
import { QanatError } from "../../src/codec/errors.ts";
import { decode } from "../../src/codec/schema.ts";
import { MissingPolicyError } from "../../src/tee/quote-error.ts";
import { STRICT_RULES } from "../../src/tee/quote-rules.ts";
import { verifyQuote } from "../../src/tee/verify-quote.ts";
import { readCertificate } from "../../src/tee/x509/certificate.ts";
import { Quote, QuotePolicy } from "../../src/types/sgx.ts";

/** A quote with keys of a test's own, its policy (empty: none), the time, and what the official library said. */
interface Case {
  readonly quote: string;
  readonly policy: string;
  /** Unix nanoseconds. */
  readonly time: string;
  /** `err`, `panic`, or MRENCLAVE, MRSIGNER and report data in hex. */
  readonly verdict: string;
}

// Forged quotes and reports with everything about them changed: certificates and their encodings, PEM, collateral,
// reports, policies, times. One for each reason that oasis-core 26.1 has to refuse them, and some that it accepts.
const path = join(import.meta.dirname, "../vectors/quotes.jsonl.gz");
const [head, ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split("\n");
const roots = JSON.parse(head!) as { sgx: string; reportSigning: string };
const cases = lines.map((line) => JSON.parse(line) as Case);

test("quotes are judged as the official library judged them", () => {
  const trusted = {
    sgx: readCertificate(fromBase64(roots.sgx)),
    reportSigning: readCertificate(fromBase64(roots.reportSigning)),
  };
  const judge = ({ quote, policy, time }: Case): string => {
    try {
      const proven = verifyQuote(decode(Quote, fromBase64(quote)), {
        policy: policy === "" ? null : decode(QuotePolicy, fromBase64(policy)),
        rules: { ...STRICT_RULES, allowTestSigner: true },
        roots: trusted,
        time: BigInt(time),
      });
      return toHex(proven.mrEnclave) + toHex(proven.mrSigner) + toHex(proven.reportData);
    } catch (error) {
      if (error instanceof MissingPolicyError) return "panic";
      if (error instanceof QanatError) return "err";
      throw error;
    }
  };
  expect(cases.length).toBeGreaterThan(100);
  expect(cases.map(judge)).toEqual(cases.map(({ verdict }) => verdict));
}, 60_000);
