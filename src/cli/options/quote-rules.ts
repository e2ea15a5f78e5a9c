import type { QuoteRules } from "../../tee/quote-rules.ts";
import type { OptionSpec } from "../command.ts";
import type { Given } from "../given.ts";

/** How strict the nodes of a network were with attestations of enclaves. */
export const quoteRuleOptions: readonly OptionSpec[] = [
  {
    name: "debug.allow_debug_enclaves",
    summary: "the network's nodes accepted enclaves in debug mode, and no others",
  },
  { name: "debug.skip_quote_verify", summary: "they did not verify the signatures of enclaves' quotes" },
  { name: "ias.debug_skip_verify", summary: "they did not verify those of attestation reports" },
  { name: "debug.tcb_lax_verify", summary: "they accepted enclaves on platforms that are out of date" },
  { name: "debug.allow_test_keys", summary: "they accepted enclaves that are signed with the test key" },
];

export function readQuoteRules(given: Given): QuoteRules {
  return {
    allowDebugEnclaves: given.switch("debug.allow_debug_enclaves"),
    allowTestSigner: given.switch("debug.allow_test_keys"),
    skipPcsVerification: given.switch("debug.skip_quote_verify"),
    skipIasVerification: given.switch("ias.debug_skip_verify"),
    isLaxAboutTcb: given.switch("debug.tcb_lax_verify"),
  };
}
