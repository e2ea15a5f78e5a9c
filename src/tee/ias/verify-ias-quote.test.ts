import { describe, expect, it } from "vitest";
import {
  avrBody,
  createForge,
  DEBUG_FLAGS,
  epidQuote,
  FORGED_TIME,
  forgeAvr,
  type Json,
} from "../../../test/tee/forge.ts";
import { vector } from "../../../test/tee/vectors.ts";
import { toBase64, toHex, utf8 } from "../../codec/bytes.ts";
import { type AVRBundle, IASQuotePolicy, ISVEnclaveQuoteStatus } from "../../types/sgx.ts";
import { MissingPolicyError, QuoteError } from "../quote-error.ts";
import { type QuoteRules, STRICT_RULES } from "../quote-rules.ts";
import { readIntelRoots } from "../x509/intel-roots.ts";
import { readAvr } from "./avr.ts";
import { queryUnescape } from "./avr-signature.ts";
import { verifyIasQuote } from "./verify-ias-quote.ts";

const NS = 1_000_000_000n;
const policy = IASQuotePolicy.make({});

describe("recorded reports of Intel's service", () => {
  const rules: QuoteRules = { ...STRICT_RULES, allowTestSigner: true, allowDebugEnclaves: true };
  const root = readIntelRoots().reportSigning;
  const recorded = (version: number): AVRBundle => ({
    body: vector(`avr_v${version}_body_sw_hardening_needed.json`),
    certificate_chain: vector("avr_certificates_urlencoded.pem"),
    signature: vector(`avr_v${version}_body_sw_hardening_needed.sig`),
  });
  const verifyAt = (bundle: AVRBundle, seconds: bigint, given = policy) =>
    verifyIasQuote(bundle, { policy: given, rules, root, time: seconds * NS });

  it.each([
    [4, 1589188875n],
    [5, 1695829918n],
  ])("version %i verifies at its time", (version, time) => {
    const quote = verifyAt(recorded(version), time);
    expect([quote.mrEnclave.length, quote.mrSigner.length, quote.reportData.length]).toEqual([32, 32, 64]);
  });

  it("has an evaluation number in version 5 only", () => {
    const atLeast = (number: number) => IASQuotePolicy.make({ min_tcb_evaluation_data_number: number });
    expect(() => verifyAt(recorded(5), 1695829918n, atLeast(16))).not.toThrow();
    expect(() => verifyAt(recorded(5), 1695829918n, atLeast(17))).toThrow(/too old/);
    expect(() => verifyAt(recorded(4), 1589188875n, atLeast(1))).toThrow(/too old/);
  });

  it("does not verify when Intel's certificate has expired", () => {
    expect(() => verifyAt(recorded(4), 1795167418n)).not.toThrow();
    expect(() => verifyAt(recorded(4), 1795167419n)).toThrow(/not valid any more/);
  });

  it("does not verify for a platform whose group is blocked", () => {
    const blocked = IASQuotePolicy.make({ gid_blacklist: [0xbc5] });
    expect(() => verifyAt(recorded(4), 1589188875n, blocked)).toThrow(/group is blocked/);
  });

  it("is signed, but malformed, when it is of the time before versions", () => {
    const old = {
      body: vector("avr_body_group_out_of_date.json"),
      certificate_chain: vector("avr_certificates_urlencoded.pem"),
      signature: vector("avr_signature_group_out_of_date.sig"),
    };
    expect(() => verifyAt(old, 1522447346n)).toThrow(/version 0 is not supported/);
  });

  it("is refused with any byte of body or signature changed", () => {
    const good = recorded(4);
    for (const part of ["body", "signature"] as const) {
      const bytes = good[part]!;
      for (let at = 0; at < bytes.length; at += 41) {
        const changed = bytes.slice();
        changed[at]! ^= 1;
        // Changes of the signature's text that mean the same bytes stay without effect: there are none with this bit.
        expect(() => verifyAt({ ...good, [part]: changed }, 1589188875n)).toThrow(QuoteError);
      }
    }
  });
});

describe("a report", () => {
  const forge = createForge();
  const verify = (changes: Json, given: IASQuotePolicy | null = policy) =>
    verifyIasQuote(forgeAvr(forge, JSON.stringify(avrBody(changes))), {
      policy: given,
      rules: STRICT_RULES,
      root: forge.roots.reportSigning,
      time: BigInt(FORGED_TIME) * NS,
    });
  const version5 = { version: 5, attestationType: "EPID" };

  it.each<[string, RegExp | null, Json]>([
    ["as it should be", null, {}],
    ["of version 5", null, version5],
    ["of version 5 without a type", null, { version: 5 }],
    ["of version 4 with a type", /attestation type/, { attestationType: "EPID" }],
    ["of version 3", /version 3/, { version: 3 }],
    ["of no version", /version 0/, { version: null }],
    ["of another type", /unknown value/, { version: 5, attestationType: "ECDSA" }],
    ["without a time", /malformed time/, { timestamp: "" }],
    ["with a time zone", /malformed time/, { timestamp: "2023-11-14T22:13:20Z" }],
    ["of a day that there is not", /there is no time/, { timestamp: "2023-02-29T00:00:00" }],
    ["without a status", /no status/, { isvEnclaveQuoteStatus: null }],
    ["with an unknown status", /unknown value/, { isvEnclaveQuoteStatus: "FINE" }],
    ["whose platform needs software hardening", null, { isvEnclaveQuoteStatus: "SW_HARDENING_NEEDED" }],
    [
      "whose platform is out of date",
      /not allowed by policy/,
      { isvEnclaveQuoteStatus: "GROUP_OUT_OF_DATE" },
    ],
    ["of a revoked group without a reason", /reason/, { isvEnclaveQuoteStatus: "GROUP_REVOKED" }],
    ["with a reason and nothing revoked", /reason/, { revocationReason: 0 }],
    ["with a manifest", null, { pseManifestStatus: "OK", pseManifestHash: "00".repeat(32) }],
    ["with half a manifest hash", /manifest hash/, { pseManifestHash: "00".repeat(16) }],
    [
      "with a manifest and an invalid signature",
      /manifest/,
      { isvEnclaveQuoteStatus: "SIGNATURE_INVALID", pseManifestStatus: "OK" },
    ],
    ["with platform information", /platform information/, { platformInfoBlob: "1502" }],
    [
      "with platform information of an old manifest",
      null,
      { platformInfoBlob: "15", pseManifestStatus: "OUT_OF_DATE" },
    ],
    ["with a nonce", null, { nonce: "x".repeat(32) }],
    ["with a long nonce", /nonce/, { nonce: "é".repeat(17) }],
    ["with half a pseudonym", /pseudonym/, { epidPseudonym: toBase64(new Uint8Array(64)) }],
    ["without a quote", /cut off/, { isvEnclaveQuoteBody: "" }],
    ["with half a quote", /another length/, { isvEnclaveQuoteBody: toBase64(new Uint8Array(216)) }],
    ["of a quote of version 3", /version 3/, { isvEnclaveQuoteBody: toBase64(epidQuote({}, 0, 3)) }],
    [
      "of a debug enclave",
      /debug mode/,
      { isvEnclaveQuoteBody: toBase64(epidQuote({ flags: DEBUG_FLAGS })) },
    ],
    ["with advisories that are no list", /expected an array/, { advisoryIDs: "INTEL-SA-00334" }],
    ["with members that nobody knows", null, { somethingNew: [1, { two: 3 }] }],
  ])("%s", (_, error, changes) => {
    if (error === null) expect(() => verify(changes)).not.toThrow();
    else expect(() => verify(changes)).toThrow(error);
  });

  it("names match whatever their case", () => {
    expect(() => verify({ version: undefined, VERSION: 4 })).not.toThrow();
  });

  it("is accepted with any status that the policy allows", () => {
    const allowed = IASQuotePolicy.make({
      allowed_quote_statuses: [ISVEnclaveQuoteStatus.fromJson("CONFIGURATION_NEEDED", "")],
    });
    expect(() => verify({ isvEnclaveQuoteStatus: "CONFIGURATION_NEEDED" }, allowed)).not.toThrow();
    expect(() => verify({ isvEnclaveQuoteStatus: "GROUP_OUT_OF_DATE" }, allowed)).toThrow(QuoteError);
  });

  it("without any policy is what no block contains, unless it is refused anyway", () => {
    expect(() => verify({}, null)).toThrow(MissingPolicyError);
    expect(() => verify({ isvEnclaveQuoteStatus: "GROUP_OUT_OF_DATE" }, null)).toThrow(QuoteError);
    expect(() => verify({ version: 3 }, null)).toThrow(QuoteError);
  });

  it("is refused where such reports are disabled", () => {
    expect(() => verify({}, IASQuotePolicy.make({ disabled: true }))).toThrow(/disabled/);
  });
});

it("the body of a recorded report is what it says", () => {
  const avr = readAvr(vector("avr_v5_body_sw_hardening_needed.json"), {
    ...STRICT_RULES,
    allowTestSigner: true,
    allowDebugEnclaves: true,
  });
  expect(avr).toMatchObject({ status: "SW_HARDENING_NEEDED", tcbEvaluationDataNumber: 16 });
});

it.each<[string, string | null]>([
  ["a%20b+c", "612062" + "2063"],
  ["%0A%0a", "0a0a"],
  ["%", null],
  ["%4", null],
  ["%4g", null],
  ["é", "c3a9"],
])("query text %s", (text, hex) => {
  if (hex === null) expect(() => queryUnescape(utf8(text))).toThrow(QuoteError);
  else expect(toHex(queryUnescape(utf8(text)))).toBe(hex);
});
