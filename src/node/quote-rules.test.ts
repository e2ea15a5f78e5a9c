import { expect, test } from "vitest";
import { STRICT_RULES } from "../tee/quote-rules.ts";
import { quoteRules } from "./quote-rules.ts";

const all = {
  debug: {
    dont_blame_oasis: true,
    allow_test_keys: true,
    allow_debug_enclaves: true,
    skip_quote_verify: true,
    tcb_lax_verify: true,
  },
  ias: { proxy_addresses: [], debug_skip_verify: true },
};

test("attestations are judged less strictly in debug mode only, and only where it is asked for", () => {
  expect(Object.values(quoteRules(all))).toEqual([true, true, true, true, true]);
  expect(quoteRules({ ...all, debug: { ...all.debug, dont_blame_oasis: false } })).toEqual(STRICT_RULES);
  const lax = { ...all.debug, allow_test_keys: false, allow_debug_enclaves: false, skip_quote_verify: false };
  expect(quoteRules({ debug: lax, ias: { ...all.ias, debug_skip_verify: false } })).toEqual({
    ...STRICT_RULES,
    isLaxAboutTcb: true,
  });
});
