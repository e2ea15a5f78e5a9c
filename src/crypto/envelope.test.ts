import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../codec/bytes.ts";
import { publicKey } from "../codec/common-types.ts";
import { CodecError, CodedError } from "../codec/errors.ts";
import { list, optional, struct, u16 } from "../codec/schema.ts";
import { contexts } from "./contexts.ts";
import { openMultiSigned, openSigned, SignatureError, signMultiSigned, signSigned } from "./envelope.ts";
import { TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { sign } from "./signature.ts";

const Entity = struct("Entity", { v: u16, id: publicKey, nodes: optional(list(publicKey)) });
const signer = testSigner(TEST_ENTITY);
const entity = Entity.make({ v: 2, id: signer.publicKey });

describe("signed values", () => {
  test("known answer: the test entity (formats.md 4)", () => {
    const signed = signSigned(Entity, entity, contexts.registerEntity, signer);
    expect(toHex(signed.untrusted_raw_value!)).toBe(
      "a261760262696458204ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35",
    );
    expect(toHex(signed.signature.signature)).toBe(
      "522b8f5928d87578a1de21060533f25935a85dbe1c5df3d08b8c67ae5828a17a629fcefab997b8532dc3e6d2d8aea0c21a90c9fabffcaf481327a688c02baf05",
    );
    expect(openSigned(Entity, contexts.registerEntity, signed)).toEqual(entity);
  });

  test("a changed byte, another context or another key is refused", () => {
    const signed = signSigned(Entity, entity, contexts.registerEntity, signer);
    const changed = signed.untrusted_raw_value!.slice();
    changed[3] = 1;
    expect(() =>
      openSigned(Entity, contexts.registerEntity, { ...signed, untrusted_raw_value: changed }),
    ).toThrow(SignatureError);
    expect(() => openSigned(Entity, contexts.registerNode, signed)).toThrow(SignatureError);
    const stolen = { ...signed.signature, public_key: testSigner("thief").publicKey };
    expect(() => openSigned(Entity, contexts.registerEntity, { ...signed, signature: stolen })).toThrow(
      SignatureError,
    );
  });

  test("the signature is over the bytes as they came, canonical or not", () => {
    const blob = fromHex(`a26269645820${"01".repeat(32)}61761802`);
    const signature = sign(signer, contexts.registerEntity, blob);
    const opened = openSigned(Entity, contexts.registerEntity, { untrusted_raw_value: blob, signature });
    expect(opened.v).toBe(2);
  });

  test("nil bytes are the zero value, signed as nothing", () => {
    const signature = sign(signer, contexts.registerEntity, new Uint8Array(0));
    expect(openSigned(Entity, contexts.registerEntity, { untrusted_raw_value: null, signature })).toEqual(
      Entity.zero(),
    );
  });

  test("bytes that do not decode are another error than a bad signature", () => {
    const blob = fromHex("ff");
    const signature = sign(signer, contexts.registerEntity, blob);
    expect(() =>
      openSigned(Entity, contexts.registerEntity, { untrusted_raw_value: blob, signature }),
    ).toThrow(CodecError);
    const error = new SignatureError();
    expect(error).toBeInstanceOf(CodedError);
    expect([error.module, error.wireCode]).toEqual(["unknown", 1]);
  });
});

describe("values signed by several", () => {
  const signers = [signer, testSigner("second")];

  test("all signatures must hold", () => {
    const signed = signMultiSigned(Entity, entity, contexts.registerNode, signers);
    expect(openMultiSigned(Entity, contexts.registerNode, signed)).toEqual(entity);
    const [first, second] = signed.signatures!;
    const swapped = [{ ...first!, signature: second!.signature }, second!];
    expect(() => openMultiSigned(Entity, contexts.registerNode, { ...signed, signatures: swapped })).toThrow(
      SignatureError,
    );
  });

  test.each([[[]], [null]])("no signatures (%j) are refused", (signatures) => {
    const signed = signMultiSigned(Entity, entity, contexts.registerNode, signers);
    expect(() => openMultiSigned(Entity, contexts.registerNode, { ...signed, signatures })).toThrow(
      SignatureError,
    );
  });
});
