import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "./bytes.ts";
import {
  byteEnumList,
  bytes,
  type Codec,
  decode,
  encode,
  fromJsonText,
  list,
  map,
  nullable,
  optional,
  quantity,
  struct,
  text,
  textEnum,
  toJsonText,
  u8,
  u16,
  u64,
  unixTime,
} from "./schema.ts";

const Sample = struct("Sample", {
  bb: u64,
  a: bytes,
  c: optional(bytes),
  d: list(u64),
  e: map(text, u64),
  ff: nullable(struct("Inner", { x: u64 })),
  g: optional(quantity),
  h: quantity,
});

const Version = struct("Version", { major: optional(u16), minor: optional(u16), patch: optional(u16) });

describe("known encodings (formats.md 1.3)", () => {
  // biome-ignore lint/suspicious/noExplicitAny: rows of different types in one table
  const cases: [string, Codec<any>, unknown, string][] = [
    ["nil members", Sample, Sample.zero(), "a66161f66164f66165f661684062626200626666f6"],
    [
      "empty members",
      Sample,
      Sample.make({ a: new Uint8Array(0), c: new Uint8Array(0), d: [], e: new Map() }),
      "a66161406164806165a061684062626200626666f6",
    ],
    [
      "map of texts",
      map(text, u64),
      new Map([
        ["aa", 1n],
        ["b", 2n],
        ["c", 3n],
      ]),
      "a361620261630362616101",
    ],
    [
      "map of enum",
      map(u8, u64),
      new Map([
        [8, 1n],
        [1, 2n],
      ]),
      "a201020801",
    ],
    ["quantity 1", quantity, 1n, "4101"],
    ["quantity 255", quantity, 255n, "41ff"],
    ["quantity 256", quantity, 256n, "420100"],
    ["quantity 10^9", quantity, 1_000_000_000n, "443b9aca00"],
    ["version 26.1.0", Version, { major: 26, minor: 1, patch: 0 }, "a2656d616a6f72181a656d696e6f7201"],
    ["version 0.0.0", Version, Version.zero(), "a0"],
    ["2020-01-01", unixTime, 1577836800n, "1a5e0be100"],
  ];
  for (const [name, codec, value, hex] of cases) {
    test(name, () => {
      expect(toHex(encode(codec, value))).toBe(hex);
      expect(toHex(encode(codec, decode(codec, fromHex(hex))))).toBe(hex);
      expect(toHex(encode(codec, fromJsonText(codec, toJsonText(codec, value, 2))))).toBe(hex);
    });
  }

  test("list of a one-byte enum is a byte string", () => {
    const kind = textEnum("kind", "u8", { executor: 1 });
    const role = textEnum("role", "u8", { worker: 1, "backup-worker": 2 });
    const Force = struct("Force", {
      kind: optional(kind),
      roles: optional(byteEnumList(role)),
      index: optional(u64),
    });
    const value = Force.make({ kind: 1, roles: [1, 2] });
    expect(toHex(encode(Force, value))).toBe("a2646b696e640165726f6c6573420102");
    expect(toJsonText(Force, value)).toBe('{"kind":"executor","roles":["worker","backup-worker"]}');
    expect(fromJsonText(Force, toJsonText(Force, value))).toEqual(value);
  });
});
