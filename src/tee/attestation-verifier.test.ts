import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { enclaveIdentity, teeCapability } from "../../test/fuzz/enclave.ts";
import { sharedPath } from "../../test/shared.ts";
import {
  avrBody,
  createForge,
  epidQuote,
  FORGED_TIME,
  forgeAvr,
  MR_ENCLAVE,
  MR_SIGNER,
} from "../../test/tee/forge.ts";
import type { Namespace, PublicKey } from "../codec/common-types.ts";
import { encode } from "../codec/schema.ts";
import type { AttestationInput } from "../consensus/attestation.ts";
import { InvariantError, isTxFailure } from "../consensus/errors.ts";
import { TEEFeatures, TEEFeaturesSGX } from "../types/sgx.ts";
import { SGXAttestation, SGXConstraints } from "../types/sgx-attestation.ts";
import { createAttestationVerifier } from "./attestation-verifier.ts";
import { type QuoteRules, STRICT_RULES } from "./quote-rules.ts";

const node = new Uint8Array(32).fill(3) as PublicKey;
const runtime = new Uint8Array(32).fill(0x80) as Namespace;
const HEIGHT = 20n;

/** What nodes in debug mode take without Intel: reports that nobody signed, of debug enclaves. */
const debugRules: QuoteRules = { ...STRICT_RULES, skipIasVerification: true, allowDebugEnclaves: true };

function features(sgx: Partial<TEEFeaturesSGX>): TEEFeatures {
  return TEEFeatures.make({ sgx: TEEFeaturesSGX.make({ pcs: true, max_attestation_age: 10n, ...sgx }) });
}

function constraintsOf(parts: Partial<SGXConstraints>): Uint8Array {
  const ias = {
    disabled: false,
    allowed_quote_statuses: null,
    gid_blacklist: null,
    min_tcb_evaluation_data_number: 0,
  };
  return encode(SGXConstraints, {
    v: 1,
    enclaves: [enclaveIdentity(runtime, 1)],
    policy: { ias, pcs: null },
    max_attestation_age: 0n,
    ...parts,
  });
}

function inputOf(parts: Partial<AttestationInput> = {}): AttestationInput {
  return {
    capability: teeCapability(node, runtime, 1, HEIGHT, "EPID"),
    teeFeatures: features({ signed_attestations: true }),
    constraints: constraintsOf({}),
    nodeId: node,
    timeNs: BigInt(FORGED_TIME) * 1_000_000_000n,
    height: HEIGHT,
    feature261: true,
    signatures: {},
    ...parts,
  };
}

describe("the verifier that the state machine is given", () => {
  const verifier = createAttestationVerifier(debugRules);
  const old = teeCapability(node, runtime, 1, HEIGHT, "EPID, version 0");

  it.each<[string, RegExp | null, Partial<AttestationInput>]>([
    ["the attestation of an enclave", null, {}],
    ["one that is not fresh", /11 blocks old/, { height: HEIGHT + 11n }],
    ["one from the future", /future/, { height: HEIGHT - 1n }],
    ["other hardware", /unknown TEE hardware/, { capability: { ...old, hardware: 0 } }],
    ["no attestation", /exactly one quote/, { capability: { ...old, attestation: null } }],
    ["one of the first version, not signed", /not signed/, { capability: old }],
    ["the same where nobody asks", null, { capability: old, teeFeatures: features({}) }],
    [
      "the same before there were features",
      null,
      { capability: old, teeFeatures: null, constraints: constraintsOf({ v: 0 }) },
    ],
    [
      "version 1 before there were features",
      /not allowed yet/,
      { teeFeatures: null, constraints: constraintsOf({ v: 0 }) },
    ],
    [
      "constraints of version 1 without the feature",
      /constraints are not allowed/,
      { capability: old, teeFeatures: features({ pcs: false }) },
    ],
    ["empty constraints", /malformed SGXConstraints/, { constraints: new Uint8Array(0) }],
    ["constraints that are none", /malformed SGXConstraints/, { constraints: Uint8Array.of(0xff) }],
    [
      "another enclave",
      /none of the deployment's/,
      { constraints: constraintsOf({ enclaves: [enclaveIdentity(runtime, 2)] }) },
    ],
  ])("%s", (_, error, parts) => {
    const input = inputOf(parts);
    if (error === null) expect(() => verifier.verify(input)).not.toThrow();
    else expect(() => verifier.verify(input)).toThrow(error);
  });

  it("is a matter of the transaction what is wrong with an attestation", () => {
    try {
      verifier.verify(inputOf({ constraints: new Uint8Array(0) }));
      expect.unreachable();
    } catch (error) {
      expect(isTxFailure(error)).toBe(true);
    }
  });

  it("stops a block with a report that nobody says anything of", () => {
    const input = inputOf({ constraints: constraintsOf({ policy: null }) });
    expect(() => verifier.verify(input)).toThrow(InvariantError);
  });

  it("wants Intel's signature where it is not told otherwise", () => {
    const strict = createAttestationVerifier({ ...debugRules, skipIasVerification: false });
    expect(() => strict.verify(inputOf())).toThrow(/two certificates/);
  });

  it("trusts Intel's root only", () => {
    const forge = createForge();
    const body = JSON.stringify(
      avrBody({ isvEnclaveQuoteBody: Buffer.from(epidQuote()).toString("base64") }),
    );
    const attestation = encode(SGXAttestation, {
      v: 0,
      quote: { ias: forgeAvr(forge, body), pcs: null },
      height: 0n,
      signature: new Uint8Array(64) as never,
    });
    const constraints = constraintsOf({ enclaves: [{ mr_enclave: MR_ENCLAVE, mr_signer: MR_SIGNER }] });
    const strict = createAttestationVerifier(STRICT_RULES);
    expect(() => strict.verify(inputOf({ capability: { ...old, attestation }, constraints }))).toThrow(
      /0 ways/,
    );
  });
});

it.each(["v0", "v1"])("a recorded attestation %s decodes, and is of another enclave", (version) => {
  const attestation = new Uint8Array(
    readFileSync(sharedPath("vectors", "node", `sgx_attestation_${version}.bin`)),
  );
  const capability = { ...teeCapability(node, runtime, 1, HEIGHT, "EPID, version 0"), attestation };
  const verifier = createAttestationVerifier(STRICT_RULES);
  expect(() => verifier.verify(inputOf({ capability }))).toThrow(
    /certificate is not valid|debug|none of|test key/,
  );
});
