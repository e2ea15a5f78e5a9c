import { describe, expect, it } from "vitest";
import {
  avrBody,
  createForge,
  epidQuote,
  FORGED_TIME,
  forgeAvr,
  forgeBundle,
  forgeQuote,
  MR_ENCLAVE,
  MR_SIGNER,
  sgxReport,
} from "../../test/tee/forge.ts";
import { concat, fromHex, toBase64, toHex, utf8 } from "../codec/bytes.ts";
import type { PublicKey, RawSignature, X25519Key } from "../codec/common-types.ts";
import { contexts } from "../crypto/contexts.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import type { CapabilityTEE } from "../types/node.ts";
import { IASQuotePolicy, PCSQuotePolicy, type Quote, TEEFeaturesSGX } from "../types/sgx.ts";
import type { SGXAttestation, SGXConstraints } from "../types/sgx-attestation.ts";
import { STRICT_RULES } from "./quote-rules.ts";
import {
  type AttestationCheck,
  attestationHash,
  rakBinding,
  verifyAttestation,
} from "./verify-attestation.ts";

// facts/sgx.md 5.6.
describe("known answers", () => {
  const node = fromHex("47aadd91516ac548decdb436fde957992610facc09ba2f850da0fe1b2be96119") as PublicKey;
  const rek = fromHex("7992610facc09ba2f850da0fe1b2be9611947aadd91516ac548decdb436fde95");

  it("the hash that an enclave signs", () => {
    expect(toHex(attestationHash(utf8("foo bar"), node, 42n, null))).toBe(
      "0f01a5084bbf432427873cbce5f8c3bff76bc22b9d1e0674b852e43698abb195",
    );
    expect(toHex(attestationHash(utf8("foo bar"), node, 42n, rek))).toBe(
      "9a288bd33ba7a4c2eefdee68e4c08c1a34c369302ef8176a3bfdb4fedcec333e",
    );
  });

  it("the report data of a key", () => {
    expect(toHex(rakBinding(new Uint8Array(32) as PublicKey))).toBe(
      "4ee2578021a5dcbcd40b3a18ac1ee19ecca83996af79b1d3bec83649453c9821",
    );
  });
});

describe("an attestation", () => {
  const forge = createForge();
  const rak = testSigner("enclave");
  const nodeId = testSigner("node").publicKey;
  const rek = new Uint8Array(32).fill(9) as X25519Key;
  const reportData = concat(rakBinding(rak.publicKey), new Uint8Array(32).fill(1));
  const HEIGHT = 1000n;

  const pcsQuote: Quote = {
    ias: null,
    pcs: forgeBundle(forge, { quote: forgeQuote(forge, { body: sgxReport({ reportData }) }) }),
  };
  const iasQuote: Quote = {
    ias: forgeAvr(
      forge,
      JSON.stringify(avrBody({ isvEnclaveQuoteBody: toBase64(epidQuote({ reportData })) })),
    ),
    pcs: null,
  };

  interface Case {
    quote?: Quote;
    /** Height that the enclave signs. */
    attested?: bigint;
    signedBy?: typeof rak;
    signature?: RawSignature;
    capability?: Partial<CapabilityTEE>;
    constraints?: Partial<SGXConstraints>;
    features?: Partial<TEEFeaturesSGX>;
    check?: Partial<AttestationCheck>;
  }

  function verify(given: Case): void {
    const height = given.attested ?? HEIGHT - 10n;
    const hash = attestationHash(reportData, nodeId, height, rek);
    const attestation: SGXAttestation = {
      v: 1,
      quote: given.quote ?? pcsQuote,
      height,
      signature: given.signature ?? (given.signedBy ?? rak).sign(contexts.teeAttestation, hash),
    };
    verifyAttestation(attestation, {
      capability: { hardware: 1, rak: rak.publicKey, rek, attestation: null, ...given.capability },
      nodeId,
      constraints: {
        v: 1,
        enclaves: [{ mr_enclave: MR_ENCLAVE, mr_signer: MR_SIGNER }],
        policy: null,
        max_attestation_age: 0n,
        ...given.constraints,
      },
      features: TEEFeaturesSGX.make({
        pcs: true,
        signed_attestations: true,
        max_attestation_age: 100n,
        ...given.features,
      }),
      rules: STRICT_RULES,
      roots: forge.roots,
      signatures: {},
      time: BigInt(FORGED_TIME) * 1_000_000_000n,
      height: HEIGHT,
      ...given.check,
    });
  }

  const disabled = {
    pcs: PCSQuotePolicy.make({ disabled: true }),
    ias: IASQuotePolicy.make({ disabled: true }),
  };
  const open = { pcs: PCSQuotePolicy.make({ tcb_validity_period: 30 }), ias: IASQuotePolicy.make({}) };
  const other = testSigner("other");

  it.each<[string, RegExp | null, Case]>([
    ["as it should be", null, {}],
    ["as old as allowed", null, { attested: HEIGHT - 100n }],
    ["a block older", /101 blocks old/, { attested: HEIGHT - 101n }],
    [
      "older than the deployment allows",
      /6 blocks old/,
      { attested: HEIGHT - 6n, constraints: { max_attestation_age: 5n } },
    ],
    [
      "as old as the deployment allows",
      null,
      { attested: HEIGHT - 500n, constraints: { max_attestation_age: 500n } },
    ],
    ["of this height", null, { attested: HEIGHT }],
    ["of the next height", /future/, { attested: HEIGHT + 1n }],
    ["signed by another key", /not signed by the enclave/, { signedBy: other }],
    ["signed for another node", /not signed by the enclave/, { check: { nodeId: other.publicKey } }],
    [
      "signed for another REK",
      /not signed by the enclave/,
      { capability: { rek: new Uint8Array(32) as X25519Key } },
    ],
    ["signed for no REK", /not signed by the enclave/, { capability: { rek: null } }],
    ["of another key", /another key/, { capability: { rak: other.publicKey } }],
    [
      "of another enclave",
      /none of the deployment's/,
      { constraints: { enclaves: [{ mr_enclave: MR_SIGNER, mr_signer: MR_SIGNER }] } },
    ],
    [
      "of another signer",
      /none of the deployment's/,
      { constraints: { enclaves: [{ mr_enclave: MR_ENCLAVE, mr_signer: MR_ENCLAVE }] } },
    ],
    ["of no enclave", /none of the deployment's/, { constraints: { enclaves: null } }],
    [
      "not signed, where nobody asks",
      null,
      { signature: new Uint8Array(64) as RawSignature, features: { signed_attestations: false } },
    ],
    ["old, where nobody asks", null, { attested: 0n, features: { signed_attestations: false } }],
    ["with both quotes", /exactly one/, { quote: { ias: iasQuote.ias, pcs: pcsQuote.pcs } }],
    ["with no quote", /exactly one/, { quote: { ias: null, pcs: null } }],
    ["under the network's policy", /disabled/, { features: { default_policy: disabled } }],
    [
      "under the deployment's policy before the network's",
      null,
      { constraints: { policy: open }, features: { default_policy: disabled } },
    ],
    [
      "under half a policy and the network's",
      /disabled/,
      { constraints: { policy: { ...open, pcs: null } }, features: { default_policy: disabled } },
    ],
    [
      "where the network's policy needs a feature",
      null,
      { features: { pcs: false, default_policy: disabled } },
    ],
    ["by EPID", null, { quote: iasQuote, constraints: { policy: open } }],
    ["by EPID under the network's policy", null, { quote: iasQuote, features: { default_policy: open } }],
    ["by EPID, disabled", /disabled/, { quote: iasQuote, features: { default_policy: disabled } }],
    ["by EPID under nobody's policy", /nothing says/, { quote: iasQuote }],
  ])("%s", (_, error, given) => {
    if (error === null) expect(() => verify(given)).not.toThrow();
    else expect(() => verify(given)).toThrow(error);
  });
});
