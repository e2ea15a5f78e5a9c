import fc from "fast-check";
import { expect, it } from "vitest";
import { NumberSet } from "./number-set.ts";

it("holds what was put in, over the whole range", () => {
  const number = fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
  fc.assert(
    fc.property(fc.array(number), fc.array(number), (added, others) => {
      const set = new NumberSet();
      for (const one of added) set.add(one);
      const expected = new Set(added);
      expect(set.size).toBe(expected.size);
      for (const one of [...added, ...others]) expect(set.has(one)).toBe(expected.has(one));
    }),
  );
});
