import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createForge,
  FORGED_TIME,
  forgeBundle,
  forgeQuote,
  qeIdentity,
  tcbInfo,
  tdReport,
} from "../../test/tee/forge.ts";
import { toHex } from "../codec/bytes.ts";
import { PCSQuotePolicy, type QuoteBundle, TdxQuotePolicy } from "../types/sgx.ts";
import { verifyPcsQuote } from "./pcs/verify-pcs-quote.ts";
import { QuoteError } from "./quote-error.ts";
import { STRICT_RULES } from "./quote-rules.ts";
import type { VerifiedQuote } from "./verified-quote.ts";

const forge = createForge();
const check = {
  policy: PCSQuotePolicy.make({ tcb_validity_period: 30, tdx: TdxQuotePolicy.make({}) }),
  rules: STRICT_RULES,
  root: forge.roots.sgx,
  time: BigInt(FORGED_TIME) * 1_000_000_000n,
};
const text = ({ mrEnclave, mrSigner, reportData }: VerifiedQuote) =>
  [mrEnclave, mrSigner, reportData].map(toHex).join(" ");

const kinds: readonly (readonly [string, QuoteBundle])[] = [
  ["SGX, version 3", forgeBundle(forge)],
  ["SGX, version 4", forgeBundle(forge, { quote: forgeQuote(forge, { version: 4 }) })],
  [
    "TDX",
    forgeBundle(forge, {
      quote: forgeQuote(forge, { version: 4, teeType: 0x81, body: tdReport() }),
      tcbInfo: JSON.stringify(tcbInfo({}, "TDX")),
      qeIdentity: JSON.stringify(qeIdentity({}, "TD_QE")),
    }),
  ],
];

describe.each(kinds)("%s", (_, good) => {
  const proven = text(verifyPcsQuote(good, check));
  const quote = good.quote!;
  const certificates = Buffer.from(quote).indexOf("-----BEGIN");
  /** Where their length stands, up to which every bit counts. A shorter one leaves out what is behind the last one. */
  const length = certificates - 4;

  /** What the quote proves with the change; null when it does not verify. */
  function prove(bundle: QuoteBundle): string | null {
    try {
      return text(verifyPcsQuote(bundle, check));
    } catch (error) {
      if (error instanceof QuoteError) return null;
      throw error;
    }
  }
  const flipped = (bytes: Uint8Array, at: number, bit: number) =>
    bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));

  it("does not verify with any bit changed before the length of the certificates", () => {
    const place = fc.tuple(fc.nat(length - 1), fc.nat(7));
    fc.assert(
      fc.property(place, ([at, bit]) => prove({ ...good, quote: flipped(quote, at, bit) }) === null),
      { numRuns: 60 },
    );
  });

  it("does not verify without its last bytes, or with more", () => {
    for (const left of [0, 1, 47, 48, 431, 435, 436, 600, quote.length - 1]) {
      expect(prove({ ...good, quote: quote.subarray(0, left) })).toBeNull();
    }
    expect(prove({ ...good, quote: Uint8Array.of(...quote, 0) })).toBeNull();
  });

  it("proves nothing else with changed certificates, or another length of them", () => {
    const place = fc.tuple(fc.integer({ min: length, max: quote.length - 1 }), fc.nat(7));
    fc.assert(
      fc.property(place, ([at, bit]) => {
        const found = prove({ ...good, quote: flipped(quote, at, bit) });
        return found === null || found === proven;
      }),
      { numRuns: 40 },
    );
  });

  it("does not verify with changed collateral", () => {
    const { tcb_info: info, qe_id: identity } = good.tcb;
    const place = fc.tuple(fc.nat(), fc.nat(7));
    fc.assert(
      fc.property(place, ([n, bit]) => {
        const infoText = flipped(info.tcb_info!, n % info.tcb_info!.length, bit);
        const identityText = flipped(identity.enclave_identity!, n % identity.enclave_identity!.length, bit);
        return (
          prove({ ...good, tcb: { ...good.tcb, tcb_info: { ...info, tcb_info: infoText } } }) === null &&
          prove({ ...good, tcb: { ...good.tcb, qe_id: { ...identity, enclave_identity: identityText } } }) ===
            null
        );
      }),
      { numRuns: 20 },
    );
  });
});
