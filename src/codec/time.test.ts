import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "./errors.ts";
import { decode, encode, fromJsonText, toJsonText, unixTime, unixTimeNs } from "./schema.ts";
import { formatTime, parseTime } from "./time.ts";

describe("RFC 3339", () => {
  test.each([
    ["2020-01-01T00:00:00Z", 1577836800_000000000n],
    ["2020-01-01T01:00:00.123456789+02:30", 1577831400_123456789n],
    ["1969-12-31T23:59:59.5Z", -500000000n],
    ["0001-01-01T00:00:00Z", null],
    ["0000-01-01T00:00:00Z", -62167219200_000000000n],
    ["9999-12-31T23:59:59.999999999Z", 253402300799_999999999n],
    ["2020-02-29T1:00:00Z", 1582938000_000000000n],
  ])("%s", (text, nanoseconds) => {
    expect(parseTime(text)).toBe(nanoseconds);
  });

  test.each([
    "",
    "2020-01-01",
    "2020-1-1T00:00:00Z",
    "2020-01-01T00:00:00",
    "2020-01-01t00:00:00z",
    "2020-02-30T00:00:00Z",
    "2020-01-01T24:00:00Z",
    "2020-01-01T00:00:60Z",
    "10000-01-01T00:00:00Z",
    "2020-01-01T00:00:00.Z",
  ])("%j is refused", (text) => {
    expect(() => parseTime(text)).toThrow(CodecError);
  });

  test("times of all years are read back", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62135596799_000000000n, max: 253402300799_999999999n }),
        (nanoseconds) => {
          expect(parseTime(formatTime(nanoseconds))).toBe(nanoseconds);
          expect(fromJsonText(unixTimeNs, toJsonText(unixTimeNs, nanoseconds))).toBe(nanoseconds);
        },
      ),
    );
  });
});

test("CBOR carries whole seconds, rounded down", () => {
  expect(decode(unixTime, encode(unixTimeNs, -500000000n))).toBe(-1n);
  expect(decode(unixTimeNs, encode(unixTimeNs, 1_999999999n))).toBe(1_000000000n);
});

test("Go's zero time is null, and the epoch is not", () => {
  expect(encode(unixTime, null)).toEqual(new Uint8Array([0xf6]));
  expect(encode(unixTime, 0n)).toEqual(new Uint8Array([0x00]));
  expect(toJsonText(unixTime, null)).toBe('"0001-01-01T00:00:00Z"');
  expect(fromJsonText(unixTime, '"0001-01-01T00:00:00Z"')).toBeNull();
});
