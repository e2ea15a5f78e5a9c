import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "./errors.ts";
import { MAX_JSON_NESTING, parseJson, stringifyJson } from "./go-json.ts";
import { fromJsonText, list, map, struct, text, toJsonText, u64 } from "./schema.ts";

describe("printing as Go's encoding/json", () => {
  test.each([
    ["HTML characters", "<a href='x'>&</a>", String.raw`"\u003ca href='x'\u003e\u0026\u003c/a\u003e"`],
    ["short escapes", '"\\\b\f\n\r\t', String.raw`"\"\\\b\f\n\r\t"`],
    ["controls", "\u0000\u001f\u007f\u0085", '"\\u0000\\u001f\u007f\u0085"'],
    ["line separators", "\u2028\u2029", String.raw`"\u2028\u2029"`],
    ["half of a surrogate pair", "\ud800x", '"\ufffdx"'],
    ["anything else as it is", "é日本😀/", '"é日本😀/"'],
  ])("%s", (_, value, printed) => {
    expect(stringifyJson(value)).toBe(printed);
  });

  test("indented like MarshalIndent, empty ones closed at once", () => {
    const value = { b: [1, { c: null }], a: {}, d: [], e: 18446744073709551615n };
    const lines = ["{", '  "b": [', "    1,", "    {", '      "c": null', "    }", "  ],"];
    const printed = [...lines, '  "a": {},', '  "d": [],', '  "e": 18446744073709551615', "}"].join("\n");
    expect(stringifyJson(value, 2)).toBe(printed);
    expect(stringifyJson(value)).toBe('{"b":[1,{"c":null}],"a":{},"d":[],"e":18446744073709551615}');
  });

  test("maps are sorted by key as text, numbers too", () => {
    const codec = map(u64, text);
    const value = new Map([10n, 9n, 100n].map((key) => [key, "x"]));
    expect(toJsonText(codec, value)).toBe('{"10":"x","100":"x","9":"x"}');
    expect(fromJsonText(codec, toJsonText(codec, value))).toEqual(new Map(value));
  });

  test("what JSON.parse reads is what was printed", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const printed = JSON.parse(stringifyJson(value, 2));
        expect(printed).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("parsing", () => {
  test("integers of 64 bits are kept", () => {
    expect(fromJsonText(list(u64), "[18446744073709551615,9007199254740993,0]")).toEqual([
      18446744073709551615n,
      9007199254740993n,
      0n,
    ]);
  });

  test.each(["18446744073709551616", "-1", "-0", "1.0", "1e3", '"1"', "true"])("%s is no u64", (json) => {
    expect(() => fromJsonText(u64, json)).toThrow(CodecError);
  });

  test.each(["", "{", "[1,]", "{'a':1}", "nul", "01", "1 2", '"\n"', '{"a" 1}'])("%j is refused", (json) => {
    expect(() => parseJson(json)).toThrow(CodecError);
  });

  test("nesting is bounded, brackets in strings do not count", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    expect(() => parseJson(nested(MAX_JSON_NESTING))).not.toThrow();
    expect(() => parseJson(nested(MAX_JSON_NESTING + 1))).toThrow(CodecError);
    expect(() => parseJson("[".repeat(1_000_000))).toThrow(CodecError);
    expect(parseJson(JSON.stringify("[".repeat(1000)))).toBe("[".repeat(1000));
  });

  test("unknown names are dropped, known ones match without case, null is zero", () => {
    const Sample = struct("Sample", { max_size: u64, name: text });
    expect(fromJsonText(Sample, '{"MAX_SIZE":5,"other":{},"name":null}')).toEqual({ max_size: 5n, name: "" });
    expect(fromJsonText(Sample, "null")).toEqual(Sample.zero());
  });

  test("a member called __proto__ is a member like others", () => {
    const codec = map(text, u64);
    const read = fromJsonText(codec, '{"__proto__":1}');
    expect(read).toEqual(new Map([["__proto__", 1n]]));
    expect(toJsonText(codec, read)).toBe('{"__proto__":1}');
  });
});
