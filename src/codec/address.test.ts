import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADDRESS_LENGTH, formatAddress, parseAddress } from "./address.ts";
import { fromHex, toHex } from "./bytes.ts";
import { CodecError } from "./errors.ts";

const TEXT = "oasis1qqdpkrh0v9jn80kymcvgk57v38x38qwdxvvtnjfm";

describe("bech32 addresses", () => {
  test("known answer: the common pool (formats.md 2.2, 2.5)", () => {
    const bytes = fromHex("00f7c4ded62113e2c282ea867223a544ed55d6ba6e");
    expect(formatAddress(bytes)).toBe("oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm");
    expect(toHex(parseAddress("oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm"))).toBe(toHex(bytes));
  });

  test("addresses are read back, in capitals as well", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: ADDRESS_LENGTH, maxLength: ADDRESS_LENGTH }), (bytes) => {
        const text = formatAddress(bytes);
        expect(text).toHaveLength(46);
        expect(parseAddress(text)).toEqual(bytes);
        expect(parseAddress(text.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  test.each([
    ["empty", ""],
    ["one letter changed", `${TEXT.slice(0, -1)}q`],
    ["mixed case", TEXT.replace("q", "Q")],
    ["another prefix", "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh"],
    ["too short", "oasis1qqqsyqcyq5rqwzqf8q7j2z"],
    ["too long", TEXT.repeat(3)],
    ["bech32m", "a1lqfn3a"],
  ])("%s is refused", (_, text) => {
    expect(() => parseAddress(text)).toThrow(CodecError);
  });

  test("a mistyped character is told from what is no address at all", () => {
    for (const [at, letter] of [
      [10, "z"],
      [45, "q"],
    ] as const) {
      const mistyped = TEXT.slice(0, at) + (TEXT[at] === letter ? "p" : letter) + TEXT.slice(at + 1);
      expect(() => parseAddress(mistyped)).toThrow(/^the checksum of oasis1\w+ is wrong/);
    }
    expect(() => parseAddress(TEXT.slice(0, -1))).toThrow(/checksum/);
    expect(() => parseAddress("somebody")).toThrow(/invalid bech32 text/);
  });
});
