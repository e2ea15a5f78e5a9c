import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as bytes from "./bytes.ts";
import { CodecError } from "./errors.ts";
import * as portable from "./portable.ts";

const anyBytes = fc.uint8Array({ maxLength: 200 });

describe("text forms of bytes", () => {
  test("hex and base64 are read back", () => {
    fc.assert(
      fc.property(anyBytes, (value) => {
        expect(bytes.fromHex(bytes.toHex(value))).toEqual(value);
        expect(bytes.fromHex(bytes.toHex(value).toUpperCase())).toEqual(value);
        expect(bytes.fromBase64(bytes.toBase64(value))).toEqual(value);
        expect(bytes.toBase64(value)).toBe(Buffer.from(value).toString("base64"));
      }),
    );
  });

  test("the portable conversions give what Node's own do", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), fc.nat(3), (value, start) => {
        const end = Math.max(start, value.length - start);
        const part = Buffer.from(value).subarray(start, end);
        expect(portable.hex(value, start, end)).toBe(part.toString("hex"));
        expect(portable.base64(value, start, end)).toBe(part.toString("base64"));
        expect(portable.latin1(value, start, end)).toBe(part.toString("latin1"));
      }),
    );
  });

  test.each([
    ["no padding", "YQ"],
    ["padding inside", "YQ==YQ=="],
    ["other alphabet", "-_8="],
    ["a lone letter", "Y==="],
  ])("base64 is refused: %s", (_, text) => {
    expect(() => bytes.fromBase64(text)).toThrow(CodecError);
  });

  test("base64 skips line breaks and ignores unused bits, as Go does", () => {
    expect(bytes.fromBase64("YW\r\nJj\n")).toEqual(bytes.utf8("abc"));
    expect(bytes.fromBase64("YR==")).toEqual(bytes.utf8("a"));
  });

  test.each(["0", "0g", "g0", "0x", "é0"])("hex is refused: %s", (text) => {
    expect(() => bytes.fromHex(text)).toThrow(CodecError);
  });

  test("UTF-8 is strict, keeps a byte order mark, and survives at any length", () => {
    expect(bytes.fromUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe("\ufeffa");
    for (const bad of ["c328", "eda080", "f8888080", "80", "c080"]) {
      expect(() => bytes.fromUtf8(bytes.fromHex(bad)), bad).toThrow(CodecError);
      expect(() => bytes.fromUtf8(bytes.concat(bytes.utf8("a".repeat(100)), bytes.fromHex(bad)))).toThrow(
        CodecError,
      );
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        expect(bytes.fromUtf8(bytes.utf8(text))).toBe(text);
        expect(bytes.fromUtf8(bytes.utf8(`<${text}>`), 1, 1 + bytes.utf8(text).length)).toBe(text);
      }),
    );
    for (let length = 0; length <= 70; length++) {
      expect(bytes.fromUtf8(bytes.utf8("a".repeat(length)))).toBe("a".repeat(length));
    }
  });
});

describe("integers", () => {
  test("64-bit integers are read back, negative ones as two's complement", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
        expect(bytes.readI64be(bytes.u64be(value))).toBe(value);
        expect(bytes.readU64be(bytes.u64be(value))).toBe(BigInt.asUintN(64, value));
        expect(bytes.u64le(value)).toEqual(bytes.u64be(value).reverse());
      }),
    );
  });

  test("quantities are minimal big-endian bytes", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), (value) => {
        const encoded = bytes.bigintToBytes(value);
        expect(encoded[0]).not.toBe(0);
        expect(bytes.bigintFromBytes(encoded)).toBe(value);
        expect(bytes.bigintFromBytes(bytes.concat(new Uint8Array(3), encoded))).toBe(value);
      }),
    );
  });

  test("what is too short is refused", () => {
    expect(() => bytes.readU64be(new Uint8Array(7))).toThrow(CodecError);
  });
});

test("order is bytewise, a prefix first", () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      expect(Math.sign(bytes.compare(a, b))).toBe(Buffer.compare(a, b));
      expect(bytes.equal(a, b)).toBe(Buffer.compare(a, b) === 0);
      expect(bytes.startsWith(bytes.concat(a, b), a)).toBe(true);
    }),
  );
});
