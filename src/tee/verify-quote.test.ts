import { expect, it } from "vitest";
import {
  createForge,
  FORGED_TIME,
  forgeAvr,
  forgeBundle,
  forgeQuote,
  qeIdentity,
  tcbInfo,
  tdReport,
} from "../../test/tee/forge.ts";
import { IASQuotePolicy, PCSQuotePolicy, TdxQuotePolicy } from "../types/sgx.ts";
import { STRICT_RULES } from "./quote-rules.ts";
import { verifyQuote } from "./verify-quote.ts";

const forge = createForge();
const time = BigInt(FORGED_TIME) * 1_000_000_000n;
const policy = {
  ias: IASQuotePolicy.make({}),
  pcs: PCSQuotePolicy.make({ tcb_validity_period: 30, tdx: TdxQuotePolicy.make({}) }),
};
const check = { policy, rules: STRICT_RULES, roots: forge.roots, time };

it("forged quotes verify under their own roots", () => {
  verifyQuote({ ias: null, pcs: forgeBundle(forge) }, check);
  verifyQuote({ ias: null, pcs: forgeBundle(forge, { quote: forgeQuote(forge, { version: 4 }) }) }, check);
  const quote = forgeQuote(forge, { version: 4, teeType: 0x81, body: tdReport() });
  const tdx = {
    quote,
    tcbInfo: JSON.stringify(tcbInfo({}, "TDX")),
    qeIdentity: JSON.stringify(qeIdentity({}, "TD_QE")),
  };
  verifyQuote({ ias: null, pcs: forgeBundle(forge, tdx) }, check);
  verifyQuote({ ias: forgeAvr(forge), pcs: null }, check);
  expect(() => verifyQuote({ ias: null, pcs: null }, check)).toThrow(/exactly one/);
});
