import fc from "fast-check";
import { expect, it } from "vitest";
import { avrBody, createForge, forgeQuote } from "../../test/tee/forge.ts";
import { utf8 } from "../codec/bytes.ts";
import { readAvr } from "./ias/avr.ts";
import { readEpidQuote } from "./ias/epid-quote.ts";
import { MAX_JSON_BYTES, readJson } from "./json-fields.ts";
import { readQeIdentity } from "./pcs/qe-identity.ts";
import { readQuote } from "./pcs/quote.ts";
import { readTcbInfo } from "./pcs/tcb-info.ts";
import { QuoteError } from "./quote-error.ts";
import { STRICT_RULES } from "./quote-rules.ts";
import { readCertificate } from "./x509/certificate.ts";
import { p256Key } from "./x509/p256.ts";
import { readChain } from "./x509/read-chain.ts";

const forge = createForge();
const readers: readonly (readonly [string, (bytes: Uint8Array) => unknown, Uint8Array])[] = [
  ["quote", readQuote, forgeQuote(forge)],
  ["EPID quote", readEpidQuote, new Uint8Array(432)],
  ["report", (bytes) => readAvr(bytes, STRICT_RULES), utf8(JSON.stringify(avrBody()))],
  ["TCB information", (bytes) => readJson(bytes, "info", readTcbInfo), utf8('{"tcbLevels":[{"tcb":{}}]}')],
  ["QE identity", (bytes) => readJson(bytes, "identity", readQeIdentity), utf8('{"tcbLevels":[{}]}')],
  ["certificate", readCertificate, forge.certificates.pck],
  ["chain", readChain, utf8("-----BEGIN CERTIFICATE-----\na: b\n\nMAA=\n-----END CERTIFICATE-----\n")],
  ["key", p256Key, new Uint8Array(64)],
];

function survives(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    read(bytes);
  } catch (error) {
    return error instanceof QuoteError;
  }
  return true;
}

it.each(readers)("a malformed %s gives a QuoteError and nothing else", (_, read, good) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => survives(read, bytes)),
    { numRuns: 100 },
  );
  const change = fc.record({
    at: fc.nat(good.length),
    remove: fc.nat(3),
    put: fc.uint8Array({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      let bytes = [...good];
      for (const { at, remove, put } of changes) bytes = bytes.toSpliced(at, remove, ...put);
      return survives(read, Uint8Array.from(bytes));
    }),
    { numRuns: 200 },
  );
});

it("JSON that is longer than any collateral is not parsed", () => {
  expect(() => readJson(new Uint8Array(MAX_JSON_BYTES + 1), "info", readTcbInfo)).toThrow(/more than/);
});
