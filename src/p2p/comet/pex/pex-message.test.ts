import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { CodecError } from "../../../codec/errors.ts";
import type { NodeId } from "../node-id.ts";
import { decodePexMessage, encodePexAddresses, PEX_REQUEST } from "./pex-message.ts";

const id = "730a5edc28c2f8daf2d9dce3a01d5f205e35e555" as NodeId;

test("messages have the bytes of the official code", () => {
  expect(toHex(PEX_REQUEST)).toBe("0a00");
  expect(decodePexMessage(PEX_REQUEST)).toEqual({ type: "request" });
  expect(toHex(encodePexAddresses([]))).toBe("1200");
  const bytes = encodePexAddresses([{ id, ip: "1.2.3.4", port: 26656 }]);
  const idHex = toHex(new TextEncoder().encode(id));
  expect(toHex(bytes)).toBe(`12390a370a28${idHex}1207312e322e332e3418a0d001`);
});

test("every list of addresses survives writing and reading", () => {
  const address = fc.record({ id: fc.constant(id), ip: fc.ipV4(), port: fc.nat(65535) });
  fc.assert(
    fc.property(fc.array(address, { maxLength: 10 }), (addresses) => {
      expect(decodePexMessage(encodePexAddresses(addresses))).toEqual({ type: "addresses", addresses });
    }),
  );
});

test("what is none of the messages is null, what is broken throws", () => {
  expect(decodePexMessage(new Uint8Array(0))).toBeNull();
  expect(decodePexMessage(fromHex("1a00"))).toBeNull();
  for (const hex of ["0a", "0801", "12020a05", "12040a020a05", "12040a020801"]) {
    expect(() => decodePexMessage(fromHex(hex))).toThrow(CodecError);
  }
});

test("an id that is no text is a wrong id", () => {
  expect(decodePexMessage(fromHex("12060a040a02fffe"))).toMatchObject({ addresses: [{ ip: "", port: 0 }] });
});

test("no bytes make reading fail with anything but a codec error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodePexMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 1000 },
  );
});
