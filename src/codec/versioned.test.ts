import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "./bytes.ts";
import { CodecError } from "./errors.ts";
import {
  decode,
  encode,
  MISSING_VERSION,
  optional,
  readVersion,
  struct,
  text,
  u16,
  u64,
  versioned,
} from "./schema.ts";

const First = struct("First", { name: text });
const Second = struct("Second", { v: u16, name: text, weight: optional(u64) });
const Current = struct("Current", { v: u16, name: text, size: u64 });
const Descriptor = versioned(Current, {
  current: [3],
  former: {
    2: {
      read: (reader) => {
        const { name, weight } = Second.read(reader);
        return { v: 3, name, size: weight * 2n };
      },
    },
  },
  missing: { read: (reader) => ({ v: 3, name: First.read(reader).name, size: 1n }) },
});

describe("versioned structs", () => {
  test("older forms become the current one", () => {
    const second = encode(Second, { v: 2, name: "x", weight: 5n });
    expect(decode(Descriptor, second)).toEqual({ v: 3, name: "x", size: 10n });
    expect(decode(Descriptor, encode(First, { name: "y" }))).toEqual({ v: 3, name: "y", size: 1n });
    expect(decode(Descriptor, encode(Current, { v: 3, name: "z", size: 7n }))).toEqual({
      v: 3,
      name: "z",
      size: 7n,
    });
  });

  test("the version may come last or with a name in capitals", () => {
    expect(decode(Descriptor, fromHex("a3646e616d65617a6473697a6507615603"))).toEqual({
      v: 3,
      name: "z",
      size: 7n,
    });
  });

  test.each([
    ["another version", "a3617604646e616d65617a6473697a6507"],
    ["field of another version", "a3617602646e616d65617a6473697a6507"],
    ["version of another type", "a3617641036e616d65617a6473697a6507"],
    ["not a struct", "05"],
    ["a version given twice", "a4617603646e616d65617a6473697a6507617603"],
    ["nothing after the version", "a3617603"],
  ])("%s is refused", (_, hex) => {
    expect(() => decode(Descriptor, fromHex(hex))).toThrow(CodecError);
  });

  test("a blob without a version is refused unless there is a form for it", () => {
    const Numbered = versioned(Current, { current: [3] });
    expect(() => decode(Numbered, fromHex("f6"))).toThrow("missing or invalid version");
    expect(() => decode(Numbered, encode(First, { name: "y" }))).toThrow("missing or invalid version");
  });

  test("unknown fields are refused even where the request around ignores them", () => {
    const Request = struct("Request", { d: Descriptor });
    const known = "a3617603646e616d65617a6473697a6507";
    const unknown = "a4617603646e616d65617a6473697a65076174 00".replaceAll(" ", "");
    expect(decode(Request, fromHex(`a26164${known}617800`), "rpc").d.size).toBe(7n);
    expect(() => decode(Request, fromHex(`a26164${unknown}617800`), "rpc")).toThrow(CodecError);
  });

  test("a version that is not there, null, or the reserved number is missing", () => {
    for (const hex of ["a0", "a16176f6", "a1617619ffff", "a1617805"]) {
      expect(readVersion(fromHex(hex)), hex).toBe(MISSING_VERSION);
    }
    expect(readVersion(fromHex("a2617802617605"))).toBe(5);
    expect(readVersion(fromHex("a2617605617802"))).toBe(5);
    expect(readVersion(fromHex("a1617618ff"))).toBe(255);
  });

  test("written in the current form", () => {
    expect(toHex(encode(Descriptor, { v: 3, name: "z", size: 7n }))).toBe(
      "a3617603646e616d65617a6473697a6507",
    );
  });
});
