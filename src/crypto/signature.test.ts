import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../codec/bytes.ts";
import { createBlacklist } from "./blacklist.ts";
import { contexts, withChain, withRuntime } from "./contexts.ts";
import { TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { sign, signedDigest, verify, verifyAll } from "./signature.ts";

const CHAIN = "a".repeat(64);
const signer = testSigner(TEST_ENTITY);
const other = testSigner("another signer");
const transaction = fromHex(
  "a463666565a2636761731903e866616d6f756e74416464626f6479a262746f5500f7c4ded62113e2c282ea867223a544ed55d6ba6e66616d6f756e744203e8656e6f6e636507666d6574686f64707374616b696e672e5472616e73666572",
);

describe("known answers (formats.md 2.2)", () => {
  test("a transaction under the context of a chain", () => {
    const context = withChain(contexts.consensusTransaction, CHAIN);
    expect(toHex(signedDigest(context, transaction))).toBe(
      "fe7ce4aa56dc30763be0a45f34a95be8cc03927845a5d5abe4e654319fad6fda",
    );
    const { public_key, signature } = sign(signer, context, transaction);
    expect(toHex(public_key)).toBe("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");
    expect(toHex(signature)).toBe(
      "cebdca575d3fdd7913b40619e46bcddd1467e189640e9b0f15fb586d03de416988b898b7337b03fdc715ed45759ecf80ff4b738fcb46c1dcb670f977c1739a05",
    );
    expect(verify(context, public_key, transaction, signature)).toBe(true);
  });

  test("a message under a context without a chain", () => {
    expect(toHex(signer.sign(contexts.registerEntity, utf8("x")))).toBe(
      "568466220def325fb141922b022f19342ec72807d7d078caf469d6ba3ecc99bc1d2f84af99eff4bf136b76fb98bdbb566db50a4f14c574d836ad779fed7db406",
    );
  });

  test("the executor context of a ParaTime (formats.md 8.3)", () => {
    const runtimeId = fromHex(`80${"00".repeat(31)}`);
    const context = withChain(withRuntime(contexts.executorCommitment, runtimeId), CHAIN);
    expect(context.text).toBe(
      `oasis-core/roothash: executor commitment for runtime 80${"00".repeat(31)} for chain ${CHAIN}`,
    );
  });
});

describe("contexts", () => {
  test("all are different, and short enough with their suffixes", () => {
    const texts = Object.values(contexts).map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    for (const { text, needs } of Object.values(contexts)) {
      const suffixes = needs
        .map((need) => ` for ${need} `.length + 64)
        .reduce((sum, length) => sum + length, 0);
      expect(text.length + suffixes, text).toBeLessThanOrEqual(255);
    }
  });

  test("an incomplete one cannot be used, nor completed twice or in another order", () => {
    const message = utf8("x");
    const runtimeId = new Uint8Array(32);
    expect(() => signer.sign(contexts.consensusTransaction, message)).toThrow("lacks its chain");
    expect(() => verify(contexts.proposal, signer.publicKey, message, new Uint8Array(64))).toThrow(
      "lacks its runtime and chain",
    );
    expect(() => withChain(contexts.proposal, CHAIN)).toThrow(TypeError);
    expect(() => withRuntime(contexts.consensusTransaction, runtimeId)).toThrow(TypeError);
    expect(() => withChain(withChain(contexts.consensusTransaction, CHAIN), CHAIN)).toThrow(TypeError);
    expect(() => withChain(contexts.consensusTransaction, "")).toThrow(TypeError);
    expect(() => withChain(contexts.consensusTransaction, "a".repeat(65))).toThrow(TypeError);
  });

  test("a signature under one does not hold under another", () => {
    const message = utf8("x");
    const { signature } = sign(signer, contexts.registerEntity, message);
    expect(verify(contexts.registerEntity, signer.publicKey, message, signature)).toBe(true);
    expect(verify(contexts.registerNode, signer.publicKey, message, signature)).toBe(false);
    expect(verify(contexts.registerEntity, other.publicKey, message, signature)).toBe(false);
  });
});

describe("several signatures", () => {
  const message = utf8("x");
  const signatures = [
    sign(signer, contexts.registerNode, message),
    sign(other, contexts.registerNode, message),
  ];

  test("all must hold, and there must be one", () => {
    expect(verifyAll(contexts.registerNode, message, signatures)).toBe(true);
    expect(verifyAll(contexts.registerNode, message, [])).toBe(false);
    const forged = { public_key: other.publicKey, signature: signatures[0]!.signature };
    expect(verifyAll(contexts.registerNode, message, [...signatures, forged])).toBe(false);
  });

  test("a blacklisted key spoils them", () => {
    const blacklist = createBlacklist({ allowTestKeys: true }).with([other.publicKey]);
    expect(verifyAll(contexts.registerNode, message, signatures, { blacklist })).toBe(false);
    expect(verifyAll(contexts.registerNode, message, [signatures[0]!], { blacklist })).toBe(true);
    const { public_key, signature } = signatures[1]!;
    expect(verify(contexts.registerNode, public_key, message, signature, { blacklist })).toBe(false);
  });
});

test("a signer never shows its secret", () => {
  expect(`${signer}`).toBe("[private key]");
  expect(JSON.stringify({ signer })).toBe('{"signer":"[private key]"}');
});
