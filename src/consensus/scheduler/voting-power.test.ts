import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VOTING_POWER_LINEAR, VOTING_POWER_SQRT } from "../../types/scheduler.ts";
import { squareRoot, votingPower } from "./voting-power.ts";

describe("voting power", () => {
  // consensus-b.md 3.2 and consensus-a.md 1.12.
  it.each([
    [0n, 1n, 1n],
    [1n, 1n, 1n],
    [15n, 1n, 3n],
    [16n, 1n, 4n],
    [31n, 1n, 5n],
    [32n, 2n, 5n],
    [100n, 6n, 10n],
    [1000n, 62n, 31n],
    [10n ** 18n, 62_500_000_000_000_000n, 10n ** 9n],
  ])("of %i: linear %i, square root %i", (stake, linear, sqrt) => {
    expect(votingPower(stake, VOTING_POWER_LINEAR)).toBe(linear);
    expect(votingPower(stake, VOTING_POWER_SQRT)).toBe(sqrt);
  });

  it("refuses what does not fit 63 bits", () => {
    expect(() => votingPower(1n << 67n, VOTING_POWER_LINEAR)).toThrow(/too much stake/);
  });
});

describe("squareRoot", () => {
  it("is the largest integer whose square is not larger", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (value) => {
        const root = squareRoot(value);
        expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true);
      }),
    );
  });
});
