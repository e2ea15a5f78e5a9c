import { describe, expect, test } from "vitest";
import { CodecError } from "../codec/errors.ts";
import { createCertificate, NODE_COMMON_NAME } from "./certificate.ts";
import { MemorySigner, TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { verifyCertificate } from "./verify-certificate.ts";

const signer = testSigner(TEST_ENTITY);
const now = new Date("2026-06-01T12:00:00Z");
const good = createCertificate(signer, NODE_COMMON_NAME, now).der;

test("a certificate of the template gives its key", () => {
  expect(verifyCertificate(good, now)).toEqual(signer.publicKey);
});

test("the validity begins an hour before and ends after a year", () => {
  const verifyAt = (time: string) => () => verifyCertificate(good, new Date(time));
  expect(verifyAt("2026-06-01T11:00:00Z")).not.toThrow();
  expect(verifyAt("2027-06-01T12:00:00Z")).not.toThrow();
  expect(verifyAt("2026-06-01T10:59:59Z")).toThrow("is valid from");
  expect(verifyAt("2027-06-01T12:00:01Z")).toThrow("is valid from");
});

describe("refused:", () => {
  test("every single changed byte", () => {
    for (let at = 0; at < good.length; at++) {
      const bad = good.slice();
      bad[at]! ^= 0x01;
      expect(() => verifyCertificate(bad, now), `byte ${at}`).toThrow(CodecError);
    }
  });

  test.each([
    ["another name", createCertificate(signer, "ias-proxy", now).der, "not of the form"],
    ["bytes behind it", new Uint8Array([...good, 0]), /not of the form|cannot be read/],
    ["something else", new Uint8Array(300), "cannot be read"],
    ["too much", new Uint8Array(5000), "too long"],
  ])("%s", (_, der, message) => {
    expect(() => verifyCertificate(der, now)).toThrow(message);
  });

  test("a key under another one's certificate", () => {
    const other = MemorySigner.generate();
    const forged = createCertificate(other, NODE_COMMON_NAME, now).der.slice();
    const at = Buffer.from(forged).indexOf(Buffer.from(other.publicKey));
    forged.set(signer.publicKey, at);
    expect(() => verifyCertificate(forged, now)).toThrow("not validly signed");
  });
});
