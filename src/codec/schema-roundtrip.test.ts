import fc from "fast-check";
import { expect, test } from "vitest";
import { Lenient } from "../../test/vectors/codec/lenient.ts";
import { toHex } from "./bytes.ts";
import { decode, encode, fromJsonText, type Infer, toJsonText } from "./schema.ts";

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const i64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const some = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: "grapheme", maxLength: 40 });
const amount = fc.bigInt({ min: 0n, max: 1n << 130n });
const inner = fc.record({ x: u64, y: text });
const few = { maxLength: 4 };
const mapOf = <K, V>(key: fc.Arbitrary<K>, value: fc.Arbitrary<V>) =>
  fc.array(fc.tuple(key, value), few).map((entries) => new Map(entries));
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const anyValue: fc.Arbitrary<Infer<typeof Lenient>> = fc.record({
  bool: fc.boolean(),
  u8: uint(8),
  u16: uint(16),
  u32: uint(32),
  u64,
  i64,
  text,
  bytes: orNull(some),
  q: amount,
  pk: orNull(bytesOf(32)),
  ns: orNull(bytesOf(24).map((id) => new Uint8Array([...new Uint8Array(8), ...id]))),
  arr: orNull(bytesOf(4)),
  time: orNull(fc.bigInt({ min: -(10n ** 10n), max: 10n ** 11n }).map((seconds) => seconds * 1_000_000_000n)),
  lu: orNull(fc.array(u64, few)),
  lt: orNull(fc.array(text, few)),
  lk: orNull(fc.array(uint(8), few)),
  mt: orNull(mapOf(text, u64)),
  mi: orNull(mapOf(i64, text)),
  mp: orNull(mapOf(bytesOf(32).map(toHex), amount)),
  mb: orNull(mapOf(uint(8), orNull(some))),
  p: orNull(inner),
  o: fc.record({ a: u64, b: orNull(some), q: amount }),
  op: orNull(u64),
  raw: orNull(u64.map((value) => encode(Lenient, Lenient.make({ u64: value })))),
  pair: orNull(fc.tuple(orNull(some), uint(32))),
  lp: orNull(fc.array(orNull(inner), few)),
});

test("any value: its encoding is canonical, decodes and encodes to the same bytes, in CBOR and through JSON", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const encoded = encode(Lenient, value);
      const strict = decode(Lenient, encoded, "strict");
      expect(toHex(encode(Lenient, strict))).toBe(toHex(encoded));
      for (const indent of [0, 2]) {
        const read = fromJsonText(Lenient, toJsonText(Lenient, value, indent));
        expect(toHex(encode(Lenient, read))).toBe(toHex(encoded));
      }
    }),
    { numRuns: 300 },
  );
});

test("every omission of a member reads as its zero value", () => {
  fc.assert(
    fc.property(anyValue, fc.subarray(Object.keys(Lenient.fields)), (value, kept) => {
      const part = Lenient.make(
        Object.fromEntries(kept.map((name) => [name, value[name as keyof typeof value]])),
      );
      expect(toHex(encode(Lenient, decode(Lenient, encode(Lenient, part))))).toBe(
        toHex(encode(Lenient, part)),
      );
    }),
    { numRuns: 200 },
  );
});
