import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "./bytes.ts";
import { CodecError } from "./errors.ts";
import { KeyFormat, keyParts } from "./keyformat.ts";

const format = new KeyFormat(0x51, keyParts.u64, keyParts.rest, keyParts.u8);

describe("key formats", () => {
  test("elements follow one another, integers most significant byte first", () => {
    expect(toHex(format.encode(5n, new Uint8Array([1, 2]), 9))).toBe("510000000000000005010209");
  });

  test("fewer values give the start of the keys that have them", () => {
    expect(toHex(format.encode())).toBe("51");
    expect(toHex(format.encode(5n))).toBe("510000000000000005");
  });

  test("keys of another kind are told apart and short ones refused", () => {
    expect(format.decode(new Uint8Array([0x52]))).toBeUndefined();
    expect(() => format.decode(new Uint8Array([0x51, 0]))).toThrow(CodecError);
  });

  test("bytes beyond a fixed layout are ignored", () => {
    const fixed = new KeyFormat(1, keyParts.fixed(2));
    expect(fixed.decode(new Uint8Array([1, 2, 3, 4]))).toEqual([new Uint8Array([2, 3])]);
  });

  test("values survive, and unsigned integers order as their keys", () => {
    const everyPart = new KeyFormat(
      7,
      keyParts.u8,
      keyParts.u16,
      keyParts.u32,
      keyParts.u64,
      keyParts.i64,
      keyParts.rest,
    );
    const max = (bits: number) => 2 ** bits - 1;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: max(8) }),
        fc.integer({ min: 0, max: max(16) }),
        fc.integer({ min: 0, max: max(32) }),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
        fc.uint8Array({ maxLength: 40 }),
        (...values) => {
          expect(everyPart.decode(everyPart.encode(...values))).toEqual(values);
        },
      ),
    );
  });
});
