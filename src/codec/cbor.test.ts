import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex } from "./bytes.ts";
import { MAX_ENTRIES, MAX_NESTING } from "./cbor.ts";
import { CborReader } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import { CodecError } from "./errors.ts";

function written(write: (w: CborWriter) => void): string {
  const writer = new CborWriter(1);
  write(writer);
  return toHex(writer.toBytes());
}

describe("writer", () => {
  test.each([
    [0n, "00"],
    [23n, "17"],
    [24n, "1818"],
    [255n, "18ff"],
    [256n, "190100"],
    [65535n, "19ffff"],
    [65536n, "1a00010000"],
    [4294967295n, "1affffffff"],
    [4294967296n, "1b0000000100000000"],
    [9007199254740993n, "1b0020000000000001"],
    [18446744073709551615n, "1bffffffffffffffff"],
  ])("unsigned %s has the shortest head", (value, hex) => {
    expect(written((w) => w.uint64(value))).toBe(hex);
    if (value <= Number.MAX_SAFE_INTEGER) expect(written((w) => w.uint(Number(value)))).toBe(hex);
    expect(new CborReader(fromHex(hex)).uint64()).toBe(value);
  });

  test.each([
    [-1n, "20"],
    [-24n, "37"],
    [-25n, "3818"],
    [-9223372036854775808n, "3b7fffffffffffffff"],
    [9223372036854775807n, "1b7fffffffffffffff"],
  ])("signed %s", (value, hex) => {
    expect(written((w) => w.int64(value))).toBe(hex);
    expect(new CborReader(fromHex(hex)).int64()).toBe(value);
  });

  test("values out of range are a mistake of the caller", () => {
    expect(() => written((w) => w.uint64(-1n))).toThrow(RangeError);
    expect(() => written((w) => w.uint64(1n << 64n))).toThrow(RangeError);
    expect(() => written((w) => w.int64(1n << 63n))).toThrow(RangeError);
  });

  test("texts and bytes of any length are read back", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 400 }),
        fc.uint8Array({ maxLength: 400 }),
        (text, bytes) => {
          const encoded = fromHex(written((w) => [w.array(2), w.text(text), w.bytes(bytes)]));
          const reader = new CborReader(encoded);
          expect(reader.enterArray()).toBe(2);
          expect(reader.text()).toBe(text);
          expect(reader.byteString()).toEqual(bytes);
          expect(reader.atEnd).toBe(true);
        },
      ),
    );
  });
});

describe("reader", () => {
  const refused: [string, string][] = [
    ["nothing", ""],
    ["tag", "c100"],
    ["indefinite byte string", "5f4101ff"],
    ["indefinite text", "7f6161ff"],
    ["indefinite array", "9f00ff"],
    ["indefinite map", "bfff"],
    ["break", "ff"],
    ["reserved length form", "1c"],
    ["short simple value in two bytes", "f81f"],
    ["head cut short", "19ff"],
    ["byte string cut short", "4201"],
    ["length beyond any input", "5bffffffffffffffff"],
    ["array without its elements", "8201"],
    ["map without its last value", "a10102a2"],
    ["array with a count beyond the input", "9affffffff"],
    ["map with a count beyond 2^53", "bbffffffffffffffff"],
  ];
  test.each(refused)("refuses %s", (_, hex) => {
    const reader = new CborReader(fromHex(hex));
    expect(() => {
      reader.skip();
      reader.skip();
    }).toThrow(CodecError);
  });

  test("nesting is bounded", () => {
    const nested = (levels: number) => concat(new Uint8Array(levels).fill(0x81), new Uint8Array([0]));
    expect(() => new CborReader(nested(MAX_NESTING)).skip()).not.toThrow();
    expect(() => new CborReader(nested(MAX_NESTING + 1)).skip()).toThrow(CodecError);
  });

  test("siblings do not add to the nesting", () => {
    const reader = new CborReader(fromHex(`9864${"80".repeat(100)}`));
    expect(() => reader.skip()).not.toThrow();
  });

  test("the count of entries is bounded", () => {
    const tooMany = new Uint8Array(MAX_ENTRIES + 6);
    tooMany.set(fromHex("9a00989681"));
    expect(() => new CborReader(tooMany).skip()).toThrow(/more than 10000000 entries/);
  });

  test("whatever the bytes, skipping ends within them or throws the typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const reader = new CborReader(bytes);
        try {
          const item = reader.rawItem();
          expect(reader.offset).toBeLessThanOrEqual(bytes.length);
          expect(item).toEqual(bytes.subarray(0, reader.offset));
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
