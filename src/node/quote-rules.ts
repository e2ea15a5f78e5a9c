import type { Config } from "../config/schema.ts";
import type { QuoteRules } from "../tee/quote-rules.ts";

/** How strict a node is with attestations: the switches count in debug mode only, as in the official node. */
export function quoteRules({ debug, ias }: Pick<Config, "debug" | "ias">): QuoteRules {
  const isDebug = debug.dont_blame_oasis;
  return {
    allowDebugEnclaves: isDebug && debug.allow_debug_enclaves,
    allowTestSigner: isDebug && debug.allow_test_keys,
    skipPcsVerification: isDebug && debug.skip_quote_verify,
    skipIasVerification: isDebug && ias.debug_skip_verify,
    isLaxAboutTcb: isDebug && debug.tcb_lax_verify,
  };
}
