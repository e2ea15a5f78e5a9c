import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lenient } from "../../test/vectors/codec/lenient.ts";
import { concat, fromHex, toHex, utf8 } from "./bytes.ts";
import { address, hash, namespace, publicKey, x25519Key } from "./common-types.ts";
import { CodecError } from "./errors.ts";
import * as s from "./schema.ts";

const Inner = s.struct("Inner", { bb: s.u64, cc: s.text });

interface Row {
  readonly mode: s.DecodeMode;
  readonly input: string;
  readonly output: string | null;
}

/** Canonical encoding of what the input decodes to, null when it is refused with the typed error. */
function reencoded<T>(codec: s.Codec<T>, input: Uint8Array, mode: s.DecodeMode = "untrusted"): string | null {
  try {
    return toHex(s.encode(codec, s.decode(codec, input, mode)));
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

test("recorded answers of the official decoder", () => {
  const path = new URL("../../test/vectors/codec/decoder.json", import.meta.url);
  const rows = JSON.parse(readFileSync(path, "utf8")) as Row[];
  expect(rows.length).toBe(400);
  for (const { mode, input, output } of rows) {
    expect(reencoded(Lenient, fromHex(input), mode), `${mode} ${input}`).toBe(output);
  }
});

describe("leniency of the network's decoder (formats.md 1.3)", () => {
  const pk = "01".repeat(32);
  // biome-ignore lint/suspicious/noExplicitAny: rows of different types in one table
  const rows: [string, s.Codec<any>, string, string | null, (string | null)?][] = [
    // name, type, input, canonical form of what it means, the same in mode rpc when different
    ["unknown field", Inner, "a1616101", null, "a262626200626363 60"],
    ["integer field name", Inner, "a10001", null, "a262626200626363 60"],
    ["byte string field name", Inner, "a1416101", null],
    ["null field name", Inner, "a1f601", null],
    ["name in capitals", Inner, "a162424205", "a262626205626363 60"],
    ["name exact and in capitals", Inner, "a2626262056242 4207", null, "a262626205626363 60"],
    ["name in capitals, then exact", Inner, "a262424205626262 07", null, "a262626205626363 60"],
    ["field twice", Inner, "a262626205626262 05", null],
    ["unknown field twice", Inner, "a26178016178 01", null],
    ["fields in another order", Inner, "a2626363 6161 62626205", "a262626205626363 6161"],
    ["trailing bytes", Inner, "a0ff", "a262626200626363 60"],
    ["null struct", Inner, "f6", "a262626200626363 60"],
    ["undefined struct", Inner, "f7", "a262626200626363 60"],
    ["array for a struct", Inner, "80", null],
    ["null pointer", s.nullable(Inner), "f6", "f6"],
    ["undefined pointer", s.nullable(Inner), "f7", "f6"],
    ["long head", s.u64, "1b0000000000000005", "05"],
    ["null number", s.u64, "f6", "00"],
    ["number beyond its width", s.u8, "190100", null],
    ["negative for unsigned", s.u64, "20", null],
    ["simple value as a number", s.u8, "e5", "05"],
    ["two-byte simple value as a number", s.u8, "f820", "1820"],
    ["boolean as a number", s.u8, "f5", null],
    ["half float as a number", s.u8, "f90005", null],
    ["float as a number", s.u64, "fb3ff0000000000000", null],
    ["beyond i64", s.i64, "1b8000000000000000", null],
    ["below i64", s.i64, "3b8000000000000000", null],
    ["number as a boolean", s.bool, "01", null],
    ["bytes for text", s.text, "4161", null],
    ["text for bytes", s.bytes, "6161", null],
    ["invalid UTF-8", s.text, "62c328", null],
    ["null bytes", s.bytes, "f6", "f6"],
    ["numbers for bytes", s.bytes, "8301f61902", null],
    ["numbers and null for bytes", s.bytes, "8301f602", "43010002"],
    ["numbers for a key: short", publicKey, "820102", `58200102${"00".repeat(30)}`],
    ["numbers for a key: long", publicKey, `9822${"01".repeat(34)}`, `5820${pk}`],
    ["numbers for a key: what is too much is anything", publicKey, `9821${"01".repeat(32)}6161`, `5820${pk}`],
    ["key of wrong length", publicKey, `581f${"01".repeat(31)}`, null],
    ["null key", hash, "f6", `5820${"00".repeat(32)}`],
    ["reserved namespace flag", namespace, `582020${"00".repeat(31)}`, null],
    ["allowed namespace flags", namespace, `5820c0${"00".repeat(31)}`, `5820c0${"00".repeat(31)}`],
    ["numbers skip the namespace check", namespace, "811820", `582020${"00".repeat(31)}`],
    ["address of any version", address, `55ff${"00".repeat(20)}`, `55ff${"00".repeat(20)}`],
    ["X25519 key too short", x25519Key, "4101", `582001${"00".repeat(31)}`],
    ["X25519 key too long", x25519Key, `5821${"01".repeat(33)}`, `5820${pk}`],
    ["quantity with leading zeros", s.quantity, "43000001", "4101"],
    ["empty map as a quantity", s.quantity, "a0", "40"],
    ["map as a quantity", s.quantity, "a1616101", null, "40"],
    ["number as a quantity", s.quantity, "01", null],
    ["null raw item", s.raw, "f6", "f6"],
    ["undefined raw item", s.raw, "f7", "f7"],
    ["raw item is kept as it came", s.raw, "1b0000000000000005", "1b0000000000000005"],
    ["raw item must be well-formed", s.raw, "9f00ff", null],
    ["duplicate key", s.map(s.text, s.u64), "a26161016161 02", null],
    ["null key repeats the key before", s.map(s.u64, s.u64), "a20102f603", null],
    ["null key at first is zero", s.map(s.u64, s.u64), "a1f603", "a10003"],
    ["null value repeats the value before", s.map(s.text, s.u64), "a261610561 62f6", "a26161056162 05"],
    [
      "null value of a reference type is its own",
      s.map(s.text, s.bytes),
      "a26161410161 62f6",
      "a2616141016162f6",
    ],
    ["keys in another order", s.map(s.u64, s.u64), "a2186401 0102", "a20102186401"],
    [
      "negative keys come after positive ones of their length",
      s.map(s.int, s.u8),
      "a2200100 02",
      "a200022001",
    ],
    ["map for a list", s.list(s.u64), "a0", null],
    ["null list", s.list(s.u64), "f6", "f6"],
    ["empty list", s.list(s.u64), "80", "80"],
    ["tuple of another length", s.tuple("Pair", [s.u8, s.u8]), "8101", null],
    ["map for a tuple", s.tuple("Pair", [s.u8, s.u8]), "a0", null],
    ["null tuple", s.tuple("Pair", [s.u8, s.u8]), "f6", "820000"],
    ["list of numbers for a list of byte enums", s.byteEnumList(s.u8), "820102", "420102"],
    ["RFC 3339 text as a time", s.unixTime, "74323032302d30312d30315430303a30303a30305a", "1a5e0be100"],
    ["float as a time", s.unixTime, "f9c000", "21"],
    ["time before the epoch", s.unixTime, "20", "20"],
    ["Go's zero time", s.unixTime, "3b0000000e7791f6ff", "f6"],
    ["nothing as a time", s.unixTime, "f97e00", "f6"],
  ];
  test.each(rows)("%s", (_, codec, input, untrusted, rpc = untrusted) => {
    const bytes = fromHex(input.replaceAll(" ", ""));
    expect(reencoded(codec, bytes)).toBe(untrusted?.replaceAll(" ", "") ?? null);
    expect(reencoded(codec, bytes, "rpc")).toBe(rpc?.replaceAll(" ", "") ?? null);
  });

  test("no input at all is the zero value, empty input an error", () => {
    expect(s.decode(Inner, null)).toEqual(Inner.zero());
    expect(() => s.decode(Inner, new Uint8Array(0))).toThrow(CodecError);
  });

  test("nesting starts anew in an embedded blob", () => {
    const deep = concat(new Uint8Array(32).fill(0x81), new Uint8Array([0]));
    const blob = s.encode(s.bytes, deep);
    expect(s.decode(s.raw, s.decode(s.bytes, blob))).toEqual(deep);
  });
});

describe("strict mode takes the canonical form only", () => {
  test.each(["a2626262056263636161", "a262626200626363 60"])("accepts %s", (hex) => {
    expect(reencoded(Inner, fromHex(hex.replaceAll(" ", "")), "strict")).toBe(hex.replaceAll(" ", ""));
  });
  test.each(["a0", "f6", "a26263636161626262 05", "a262626218056263636161", "a2626262056263636161 00"])(
    "refuses %s",
    (hex) => {
      expect(reencoded(Inner, fromHex(hex.replaceAll(" ", "")), "strict")).toBeNull();
    },
  );
});

test("messages name the place", () => {
  const Outer = s.struct("Outer", { items: s.list(Inner), by_name: s.map(s.text, Inner) });
  const broken = fromHex("a1656974656d7382a0a162626261 61".replaceAll(" ", ""));
  expect(() => s.decode(Outer, broken)).toThrow(
    "items[1].bb: expected an unsigned integer, found text (at byte 13)",
  );
  expect(() => s.fromJsonText(Outer, '{"by_name":{"x":{"bb":"1"}}}')).toThrow(
    "by_name.x.bb: expected an integer, found a string",
  );
});

test("whatever the bytes, decoding gives a value that encodes, or the typed error", () => {
  const sample = s.encode(
    Lenient,
    Lenient.make({
      text: "x",
      lu: [1n, 2n],
      mt: new Map([["a", 1n]]),
      p: { x: 1n, y: "z" },
      lp: [{ x: 1n, y: "" }],
    }),
  );
  const mutated = fc
    .array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const bytes = sample.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), fc.boolean(), (bytes, rpc) => {
      const canonical = reencoded(Lenient, bytes, rpc ? "rpc" : "untrusted");
      if (canonical !== null) expect(reencoded(Lenient, fromHex(canonical))).toBe(canonical);
    }),
    { numRuns: 5000 },
  );
});

test("whatever the text, reading JSON gives a value or the typed error", () => {
  const text =
    '{"text":"x","lu":[1,2],"mt":{"a":1},"p":{"x":1,"y":"z"},"q":"5","time":"2020-01-01T00:00:00Z"}';
  const mutated = fc
    .tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }))
    .map(([at, cut, put]) => {
      return text.slice(0, at) + put + text.slice(at + cut);
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.json(), fc.string()), (input) => {
      try {
        s.encode(Lenient, s.fromJsonText(Lenient, input));
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 3000 },
  );
});

test("a text key that needs more than ASCII is no field", () => {
  const key = s.encode(s.text, "b\u017f");
  expect(
    reencoded(s.struct("S", { bs: s.u8 }), concat(new Uint8Array([0xa1]), key, new Uint8Array([1]))),
  ).toBeNull();
  expect(utf8("b\u017f").length).toBe(3);
});
