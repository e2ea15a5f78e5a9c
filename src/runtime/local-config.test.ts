import { expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { restartWait } from "./back-off.ts";
import { encodeLocalConfig } from "./local-config.ts";

test.each<[string, Record<string, unknown>, string]>([
  ["nothing", {}, "a0"],
  ["keys in order of length", { b: 1, aa: "x", a: null }, "a36161f6616201626161" + "6178"],
  [
    "lists, integers, bytes",
    { list: [true, -1, 2n ** 64n - 1n], bytes: new Uint8Array([1]) },
    "a2646c69737483f5201bffffffffffffffff6562797465734101",
  ],
  ["maps in maps", { nested: { z: undefined, y: [] } }, "a1666e6573746564a1617980"],
])("encodes canonically: %s", (_what, config, hex) => {
  expect(toHex(encodeLocalConfig(config))).toBe(hex);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ["fractions", { rate: 0.5 }, /config\.rate: fractions/],
  ["unsafe numbers", { big: 2 ** 53 }, /config\.big/],
  ["not a number", { a: { b: [1, Number.NaN] } }, /config\.a\.b\[1\]/],
  ["too large integers", { huge: 2n ** 64n }, /beyond 64 bits/],
  ["functions", { when: () => 1 }, /a function cannot be sent/],
])("refuses what no ParaTime can read: %s", (_what, config, reason) => {
  expect(() => encodeLocalConfig(config)).toThrow(reason);
});

test("refuses endless nesting", () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  expect(() => encodeLocalConfig(loop)).toThrow(/levels/);
});

test("waits grow by half each time, are spread, and end at an hour", () => {
  expect([1, 2, 3, 4].map((failures) => restartWait(failures, 0.5))).toEqual([500, 750, 1125, 1688]);
  expect([0, 0.999999].map((random) => restartWait(1, random))).toEqual([250, 750]);
  expect(restartWait(60, 0.5)).toBe(3_600_000);
  expect(restartWait(10_000, 0.5)).toBe(3_600_000);
});
