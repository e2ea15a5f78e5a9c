import fc from "fast-check";
import { expect, test } from "vitest";
import { shareCaches } from "./cache-shares.ts";

test("a node with a ParaTime gives both states the same share", () => {
  expect(shareCaches(48 << 20, 1)).toEqual({
    state: 21 << 20,
    rounds: 21 << 20,
    checkpoints: 1.5 * 2 ** 20,
    signatures: 3 << 20,
  });
});

test("together the caches take what they were given and no more", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4 << 20, max: 2 ** 40 }),
      fc.integer({ min: 0, max: 100 }),
      (bytes, runtimes) => {
        const { state, rounds, checkpoints, signatures } = shareCaches(bytes, runtimes);
        const total = state + runtimes * rounds + (1 + runtimes) * checkpoints + signatures;
        expect(total).toBeLessThanOrEqual(bytes);
        expect(total).toBeGreaterThan(bytes - 1000);
      },
    ),
  );
});
