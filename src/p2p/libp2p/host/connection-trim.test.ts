import fc from "fast-check";
import { expect, test } from "vitest";
import { connectionsToTrim } from "./connection-trim.ts";

const limits = { high: 3, low: 2, graceMs: 1000 };
const connection = (name: string, openedAtMs: number, value = 0, isProtected = false) => {
  return { name, openedAtMs, value, isProtected };
};
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

test("nothing goes below the limit", () => {
  const three = ["a", "b", "c"].map((name) => connection(name, 0));
  expect(connectionsToTrim(three, limits, 10_000)).toEqual([]);
});

test("the least valued go, newest first, until the lower limit", () => {
  const four = [
    connection("old", 0),
    connection("dear", 5, 20),
    connection("new", 8),
    connection("dearer", 9, 1000),
  ];
  expect(names(connectionsToTrim(four, limits, 10_000))).toEqual(["new", "old"]);
});

test("neither protected nor young connections go", () => {
  const four = [
    connection("persistent", 0, 0, true),
    connection("young", 9_500),
    connection("old", 0, 20),
    connection("older", 0, 30),
  ];
  expect(names(connectionsToTrim(four, limits, 10_000))).toEqual(["old", "older"]);
});

test("never more than the surplus, never a protected one", () => {
  const candidate = fc.record({ openedAtMs: fc.nat(100), value: fc.nat(50), isProtected: fc.boolean() });
  fc.assert(
    fc.property(fc.array(candidate), fc.nat(20), fc.nat(20), (list, low, more) => {
      const gone = connectionsToTrim(list, { low, high: low + more, graceMs: 50 }, 100);
      expect(list.length - gone.length).toBeGreaterThanOrEqual(Math.min(list.length, low));
      expect(gone.some(({ isProtected, openedAtMs }) => isProtected || openedAtMs > 50)).toBe(false);
    }),
  );
});
