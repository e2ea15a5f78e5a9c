import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VOTING_POWER_LINEAR, VOTING_POWER_SQRT } from "./scheduler.ts";
import { squareRoot, votingPower } from "./voting-power.ts";

describe("voting power", () => {
  // facts/consensus-b.md 3.2
  it.each([
    [VOTING_POWER_LINEAR, [1n, 1n, 1n, 1n, 1n, 2n, 62n]],
    [VOTING_POWER_SQRT, [1n, 1n, 3n, 4n, 5n, 5n, 31n]],
  ])("follows distribution %i", (distribution, powers) => {
    const stakes = [0n, 1n, 15n, 16n, 31n, 32n, 1000n];
    expect(stakes.map((stake) => votingPower(stake, distribution))).toEqual(powers);
  });

  it("refuses what does not fit 63 bits", () => {
    expect(votingPower(16n * ((1n << 63n) - 1n), VOTING_POWER_LINEAR)).toBe((1n << 63n) - 1n);
    expect(() => votingPower(16n << 63n, VOTING_POWER_LINEAR)).toThrow(RangeError);
  });

  it("rounds the square root down", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (value) => {
        const root = squareRoot(value);
        return root * root <= value && (root + 1n) * (root + 1n) > value;
      }),
    );
  });
});
