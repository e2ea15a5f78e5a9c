import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "./errors.ts";
import { MAX_QUANTITY_DIGITS, parseQuantity } from "./quantity.ts";
import { decode, encode, fromJsonText, optional, quantity, struct, toJsonText } from "./schema.ts";

describe("text form, as Go's big.Int reads it with base 0 (formats.md gotcha 22)", () => {
  test.each([
    ["0", 0n],
    ["7", 7n],
    ["+5", 5n],
    ["-0", 0n],
    ["0x10", 16n],
    ["0XfF", 255n],
    ["010", 8n],
    ["0o17", 15n],
    ["0b11", 3n],
    ["1_000", 1000n],
    ["0x_1", 1n],
    ["0_7", 7n],
    ["123456789012345678901234567890", 123456789012345678901234567890n],
  ])("%s", (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  test.each(["", "1e3", "-1", "08", "_1", "1_", "1__0", "0x", "0b2", " 1", "1 ", "++1", "1.0", "0o8", "abc"])(
    "%j is refused",
    (text) => {
      expect(() => parseQuantity(text)).toThrow(CodecError);
    },
  );

  test("the number of digits is bounded", () => {
    expect(() => parseQuantity("1".repeat(MAX_QUANTITY_DIGITS))).not.toThrow();
    expect(() => parseQuantity("1".repeat(MAX_QUANTITY_DIGITS + 1))).toThrow(CodecError);
  });
});

test("quantities survive both encodings", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (value) => {
      expect(decode(quantity, encode(quantity, value), "strict")).toBe(value);
      expect(fromJsonText(quantity, toJsonText(quantity, value))).toBe(value);
    }),
  );
});

test("zero vanishes from CBOR where it may, never from JSON", () => {
  const Fees = struct("Fees", { fee: optional(quantity) });
  expect(encode(Fees, { fee: 0n })).toEqual(new Uint8Array([0xa0]));
  expect(toJsonText(Fees, { fee: 0n })).toBe('{"fee":"0"}');
});

test("a negative quantity cannot be written", () => {
  expect(() => encode(quantity, -1n)).toThrow(RangeError);
});
