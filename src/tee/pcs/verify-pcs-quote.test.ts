import { describe, expect, it } from "vitest";
import { sgxBundle, tdxBundle, vector } from "../../../test/tee/vectors.ts";
import { toHex } from "../../codec/bytes.ts";
import { PCSQuotePolicy, type QuoteBundle, TdxQuotePolicy } from "../../types/sgx.ts";
import { QuoteError } from "../quote-error.ts";
import { type QuoteRules, STRICT_RULES } from "../quote-rules.ts";
import { readIntelRoots } from "../x509/intel-roots.ts";
import { verifyPcsQuote } from "./verify-pcs-quote.ts";

const { sgx: root } = readIntelRoots();
const rules: QuoteRules = { ...STRICT_RULES, allowTestSigner: true };
const tdxPolicy = PCSQuotePolicy.make({
  tcb_validity_period: 30,
  min_tcb_evaluation_data_number: 12,
  tdx: TdxQuotePolicy.make({}),
});
const SGX_TIME = 1671497404n;
const NS = 1_000_000_000n;

function verifyAt(
  bundle: QuoteBundle,
  seconds: bigint,
  {
    policy = null,
    ns = 0n,
    with: given = rules,
  }: { policy?: PCSQuotePolicy | null; ns?: bigint; with?: QuoteRules } = {},
) {
  return verifyPcsQuote(bundle, { policy, rules: given, root, time: seconds * NS + ns });
}

describe("an SGX quote with its collateral", () => {
  it("verifies at its time", () => {
    const quote = verifyAt(sgxBundle(), SGX_TIME);
    expect(toHex(quote.mrEnclave)).toBe("68823bc62f409ee33a32ea270cfe45d4b19a6fb3c8570d7bc186cbe062398e8f");
    expect(toHex(quote.mrSigner)).toBe("9affcfae47b848ec2caf1c49b4b283531e1cc425f93582b36806e52a43d78d1a");
    expect(quote.reportData.length).toBe(64);
  });

  const policy = (parts: Partial<PCSQuotePolicy>) =>
    PCSQuotePolicy.make({ tcb_validity_period: 90, min_tcb_evaluation_data_number: 12, ...parts });

  it.each<[string, RegExp | null, bigint, Partial<PCSQuotePolicy>, Partial<QuoteRules>]>([
    ["before the collateral was issued", /not issued yet/, 1671194735n, {}, {}],
    ["30 days later, with 90 allowed", null, 1673786737n, {}, {}],
    ["30 days later, with 30 allowed", /expired/, 1673786737n, { tcb_validity_period: 30 }, {}],
    ["before the platform's certificate", /not valid yet/, 1670238720n, {}, {}],
    [
      "after the platform's certificate",
      /not valid any more/,
      1891163522n,
      { tcb_validity_period: 65535 },
      {},
    ],
    ["with the platform's FMSPC blocked", /blocked/, SGX_TIME, { fmspc_blacklist: ["00606A000000"] }, {}],
    ["with its FMSPC blocked in other letters", null, SGX_TIME, { fmspc_blacklist: ["00606a000000"] }, {}],
    ["with its FMSPC allowed", null, SGX_TIME, { fmspc_whitelist: ["00606A000000"] }, {}],
    ["with another FMSPC allowed", /allowed ones/, SGX_TIME, { fmspc_whitelist: ["00606A000001"] }, {}],
    ["of an evaluation that is too old", /too old/, SGX_TIME, { min_tcb_evaluation_data_number: 100 }, {}],
    ["where quotes are disabled", /disabled/, SGX_TIME, { disabled: true }, {}],
    ["where test keys are refused", /test key/, SGX_TIME, {}, { allowTestSigner: false }],
    ["in a network of debug enclaves", /not in debug mode/, SGX_TIME, {}, { allowDebugEnclaves: true }],
    ["long before, where nobody looks", null, 0n, {}, { skipPcsVerification: true }],
  ])("%s", (_, error, time, parts, given) => {
    const check = () => verifyAt(sgxBundle(), time, { policy: policy(parts), with: { ...rules, ...given } });
    if (error === null) expect(check).not.toThrow();
    else expect(check).toThrow(error);
  });

  it("is judged by the nanosecond", () => {
    const issued = 1671194736n;
    expect(() => verifyAt(sgxBundle(), issued - 1n, { ns: NS - 1n })).toThrow(/not issued yet/);
  });

  it("does not verify with a certificate that Intel did not sign", () => {
    const bundle = sgxBundle();
    const certs = vector("tcb_info_v3_fmspc_00606A000000_certs_bad.pem");
    expect(() => verifyAt({ ...bundle, tcb: { ...bundle.tcb, certs } }, SGX_TIME)).toThrow(QuoteError);
  });

  it("does not verify with the encrypted name of its platform only", () => {
    const quote = vector("quote_v3_ecdsa_p256_eppid.bin");
    expect(() => verifyAt({ ...sgxBundle(), quote }, SGX_TIME)).toThrow(/no certificate chain/);
  });
});

describe("a TDX quote", () => {
  const bundle = () => tdxBundle("quote_v4_tdx_ecdsa_p256.bin", "C0806F000000", "qe_identity_v2_tdx2.json");

  it("verifies where the policy allows TDX", () => {
    const quote = verifyAt(bundle(), 1725263032n, { policy: tdxPolicy });
    expect(toHex(quote.mrEnclave)).toBe("63d522d975f7de879a8f3368b4f32dd1e8db635f5a24b651ce8ff81705028813");
    expect(toHex(quote.mrSigner)).toBe("00".repeat(32));
  });

  it("does not where it says nothing of it", () => {
    expect(() => verifyAt(bundle(), 1725263032n)).toThrow(/TDX is not allowed/);
  });

  it("of an old platform does not verify", () => {
    const old = tdxBundle(
      "quote_v4_tdx_ecdsa_p256_out_of_date.bin",
      "50806F000000",
      "qe_identity_v2_tdx.json",
    );
    expect(() => verifyAt(old, 1687091776n, { policy: tdxPolicy })).toThrow(/no known TCB level/);
  });

  it("with bytes behind it is malformed", () => {
    const quote = vector("quote_v4_tdx_ecdsa_p256_trailing.bin");
    expect(() => verifyAt({ ...bundle(), quote }, 1725263032n, { policy: tdxPolicy })).toThrow(QuoteError);
  });
});
