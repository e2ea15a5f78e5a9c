import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../codec/bytes.ts";
import { createBlacklist } from "./blacklist.ts";
import { MemorySigner, TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { VRF_OUTPUT_LENGTH, verifyVrf, vrfProofToHash } from "./vrf.ts";

const ALPHA = utf8("alpha");
const signer = testSigner(TEST_ENTITY);
const proof = signer.prove(ALPHA);

/** A point of order 8, added to make encodings that are not in the prime-order group. */
const torsion = ed25519.Point.fromBytes(
  fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
);

describe("ECVRF-EDWARDS25519-SHA512-ELL2", () => {
  test("known answer (formats.md 2.6)", () => {
    expect(toHex(proof)).toBe(
      "1b608c6305d70453277f77ea9d5a3d44c298a8e65419b3acfa10ecfd096600d461864eaa11656057881786f36569e9b1bc802fb8dc9631a1a9af0a2bb8cd330dba7569493cf01ed7a5068bc444287f0b",
    );
    const beta =
      "1d1bc6fc08902b2ef18099e1d33a01c60e23fd5e0f3dce01f8b4e262790590c23b914300cc50dcaa35b0593fbbef190c95062590f190c1c8ef102b52b19cebf2";
    expect(toHex(verifyVrf(signer.publicKey, ALPHA, proof)!)).toBe(beta);
    expect(toHex(vrfProofToHash(proof))).toBe(beta);
  });

  // RFC 9381, appendix B.4.
  test.each([
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "",
      "7d9c633ffeee27349264cf5c667579fc583b4bda63ab71d001f89c10003ab46f14adf9a3cd8b8412d9038531e865c341cafa73589b023d14311c331a9ad15ff2fb37831e00f0acaa6d73bc9997b06501",
      "9d574bf9b8302ec0fc1e21c3ec5368269527b87b462ce36dab2d14ccf80c53cccf6758f058c5b1c856b116388152bbe509ee3b9ecfe63d93c3b4346c1fbc6c54",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "72",
      "47b327393ff2dd81336f8a2ef10339112401253b3c714eeda879f12c509072ef055b48372bb82efbdce8e10c8cb9a2f9d60e93908f93df1623ad78a86a028d6bc064dbfc75a6a57379ef855dc6733801",
      "38561d6b77b71d30eb97a062168ae12b667ce5c28caccdf76bc88e093e4635987cd96814ce55b4689b3dd2947f80e59aac7b7675f8083865b46c89b2ce9cc735",
    ],
  ])("RFC 9381 example with seed %s", (seed, alpha, pi, beta) => {
    const example = MemorySigner.fromSeed(fromHex(seed));
    expect(toHex(example.prove(fromHex(alpha)))).toBe(pi);
    expect(toHex(verifyVrf(example.publicKey, fromHex(alpha), fromHex(pi))!)).toBe(beta);
  });

  test("another alpha, another key or any changed byte is refused", () => {
    expect(verifyVrf(signer.publicKey, utf8("beta"), proof)).toBeUndefined();
    expect(verifyVrf(testSigner("other").publicKey, ALPHA, proof)).toBeUndefined();
    for (let at = 0; at < proof.length; at += 7) {
      const changed = proof.slice();
      changed[at]! ^= 1;
      expect(verifyVrf(signer.publicKey, ALPHA, changed), `byte ${at}`).toBeUndefined();
    }
  });

  test("malformed input is refused without an exception", () => {
    const sTooLarge = proof.slice();
    sTooLarge.fill(0xff, 48);
    const pointNotCanonical = proof.slice();
    pointNotCanonical.set(fromHex(`f0${"ff".repeat(30)}7f`));
    for (const bad of [new Uint8Array(0), proof.slice(1), sTooLarge, pointNotCanonical]) {
      expect(verifyVrf(signer.publicKey, ALPHA, bad)).toBeUndefined();
    }
    expect(() => vrfProofToHash(new Uint8Array(3))).toThrow(TypeError);
  });

  test("keys of small order and blacklisted keys are refused", () => {
    expect(verifyVrf(torsion.toBytes(), ALPHA, proof)).toBeUndefined();
    const blacklist = createBlacklist({ allowTestKeys: false });
    expect(verifyVrf(signer.publicKey, ALPHA, proof, { blacklist })).toBeUndefined();
  });

  test("the output ignores a part of small order in the proof's point, yet such a proof is refused", () => {
    const shifted = proof.slice();
    shifted.set(ed25519.Point.fromBytes(proof.slice(0, 32)).add(torsion).toBytes());
    expect(vrfProofToHash(shifted)).toEqual(vrfProofToHash(proof));
    expect(verifyVrf(signer.publicKey, ALPHA, shifted)).toBeUndefined();
  });

  test("the output has 64 bytes", () => {
    expect(vrfProofToHash(proof)).toHaveLength(VRF_OUTPUT_LENGTH);
  });
});
