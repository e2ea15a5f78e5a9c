import { join } from "node:path";
import { expect, test } from "vitest";
import { runReplay } from "../../src/consensus/replay.ts";
import { createAttestationVerifier } from "../../src/tee/attestation-verifier.ts";
import { type QuoteRules, STRICT_RULES } from "../../src/tee/quote-rules.ts";

// 170 blocks of an official validator with a ParaTime in simulated enclaves: registrations with quotes that are good,
// too old, of another key or malformed; committees while the quotes are fresh, and none when they are not any more.
const folder = join(import.meta.dirname, "../vectors/enclaves");

const replay = (rules: QuoteRules) =>
  runReplay(
    { genesis: join(folder, "genesis.json"), chain: join(folder, "chain.jsonl.gz"), to: null, debug: true },
    { attestation: async () => createAttestationVerifier(rules) },
  );

test("an official chain with a ParaTime in enclaves replays", async () => {
  const rules = { ...STRICT_RULES, allowDebugEnclaves: true, skipPcsVerification: true };
  expect(await replay(rules)).toMatchObject({ height: 170n, mismatches: 0, first_mismatch: null });
}, 120_000);

test("it does not with the rules of other networks", async () => {
  expect(await replay(STRICT_RULES)).toMatchObject({
    first_mismatch: { height: 87n, expected: "success", got: "unknown/1 — the enclave is in debug mode" },
  });
}, 120_000);
