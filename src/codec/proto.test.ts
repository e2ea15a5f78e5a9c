import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "./bytes.ts";
import { CodecError } from "./errors.ts";
import { ProtoReader, ProtoWriter, varintLength, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "./proto.ts";

function written(write: (w: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter();
  write(writer);
  return writer.finish();
}

describe("known answers (cometbft.md 4.3)", () => {
  test("sign bytes of a nil prevote: delimited, sfixed64 height, time with an sfixed64-free inner message", () => {
    const bytes = written((w) =>
      w.nested(() => {
        w.tag(1, WIRE_VARINT);
        w.varint(1);
        w.tag(2, WIRE_FIXED64);
        w.fixed64(5n);
        w.tag(5, WIRE_BYTES);
        w.nested(() => {
          w.tag(1, WIRE_VARINT);
          w.varint(1700000000n);
          w.tag(2, WIRE_VARINT);
          w.varint(5);
        });
        w.tag(6, WIRE_BYTES);
        w.text("test-chain");
      }),
    );
    expect(toHex(bytes)).toBe("2108011105000000000000002a080880e2cfaa061005320a746573742d636861696e");
  });

  test("a negative int64 takes ten bytes", () => {
    expect(toHex(written((w) => w.varint(-1)))).toBe("ffffffffffffffffff01");
    expect(BigInt.asIntN(64, new ProtoReader(fromHex("ffffffffffffffffff01")).varint())).toBe(-1n);
  });
});

test("all wire values are read back", () => {
  const i64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
  fc.assert(
    fc.property(
      i64,
      fc.nat(),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(40000),
      (value, small, bytes, size) => {
        const encoded = written((w) => {
          w.varint(value);
          w.zigzag(value);
          w.fixed64(value);
          w.varint(small);
          w.bytes(bytes);
          w.nested(() => w.bytes(new Uint8Array(size)));
          w.text("end");
        });
        const reader = new ProtoReader(encoded);
        expect(BigInt.asIntN(64, reader.varint())).toBe(value);
        expect(reader.zigzag()).toBe(value);
        expect(BigInt.asIntN(64, reader.fixed64())).toBe(value);
        expect(reader.varint()).toBe(BigInt(small));
        expect(reader.bytes()).toEqual(bytes);
        const nested = reader.nested();
        expect(nested.bytes()).toEqual(new Uint8Array(size));
        expect(nested.done).toBe(true);
        expect(reader.text()).toBe("end");
        expect(reader.done).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("texts, also those beyond ASCII, are their UTF-8 behind its length", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      expect(written((w) => w.text(text))).toEqual(written((w) => w.bytes(utf8(text))));
    }),
  );
});

test("a varint that ends early is refused, whatever its length", () => {
  for (const bytes of ["", "80", "8080", "ff"]) {
    expect(() => new ProtoReader(fromHex(bytes)).varint()).toThrow(CodecError);
    expect(() => new ProtoReader(fromHex(bytes)).tag()).toThrow(CodecError);
    expect(() => new ProtoReader(fromHex(bytes)).bytes()).toThrow(CodecError);
  }
});

test("length of a varint", () => {
  for (const value of [0, 127, 128, 16383, 16384, 2 ** 32, 2 ** 53 - 1]) {
    expect(varintLength(value)).toBe(written((w) => w.varint(value)).length);
  }
});

describe("reader", () => {
  const refused: [string, (r: ProtoReader) => unknown, string][] = [
    ["varint of more than ten bytes", (r) => r.varint(), "ffffffffffffffffffff01"],
    ["varint cut short", (r) => r.varint(), "ff"],
    ["field number 0", (r) => r.tag(), "00"],
    ["negative field number", (r) => r.tag(), "f8ffffff7f"],
    ["end of a group without a start", (r) => r.tag(), "0c"],
    ["length beyond the message", (r) => r.bytes(), "0501"],
    ["length of 2^63", (r) => r.bytes(), "80808080808080808001"],
    ["fixed64 cut short", (r) => r.fixed64(), "01020304"],
    ["invalid UTF-8", (r) => r.text(), "02c328"],
    ["wire type 7", (r) => r.skip(7), "00"],
    ["group without an end", (r) => r.skip(3), "0800"],
    ["deeply nested groups", (r) => r.skip(3), "0b".repeat(1000)],
  ];
  test.each(refused)("refuses a %s", (_, read, hex) => {
    expect(() => read(new ProtoReader(fromHex(hex)))).toThrow(CodecError);
  });

  test("the tenth byte of a varint wraps to 64 bits", () => {
    expect(new ProtoReader(fromHex("ffffffffffffffffff7f")).varint()).toBe((1n << 64n) - 1n);
  });

  test("unknown fields are skipped, groups included", () => {
    const reader = new ProtoReader(
      fromHex(`08ff01${"11"}${"00".repeat(8)}1a0161${"23"}0805${"24"}2d00000000ff`),
    );
    const numbers: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { field, wireType } = reader.tag();
      numbers.push(field);
      reader.skip(wireType);
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
    expect(reader.offset).toBe(24);
  });

  test("a nested reader cannot leave its part", () => {
    const nested = new ProtoReader(fromHex("0205050102")).nested();
    expect(() => nested.bytes()).toThrow(CodecError);
  });

  test("whatever the bytes, reading ends or throws the typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = new ProtoReader(bytes);
        try {
          while (!reader.done) reader.skip(reader.tag().wireType);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("byte strings are views", () => {
  const bytes = written((w) => w.bytes(utf8("abc")));
  const view = new ProtoReader(bytes).bytes();
  expect(view.buffer).toBe(bytes.buffer);
});
