import { describe, expect, test } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { eligibleEntities } from "./epoch-signing.ts";

const entity = (n: number) => new Uint8Array(32).fill(n);
const signing = (total: bigint, ...counts: [number, bigint][]) => ({
  Total: total,
  ByEntity: new Map(counts.map(([n, count]) => [toHex(entity(n)), count])),
});

describe("entities that signed enough", () => {
  test("are those with at least the fraction, in order of their keys", () => {
    expect(eligibleEntities(signing(10n, [3, 8n], [1, 7n], [2, 10n]), 3n, 4n)).toEqual([
      entity(2),
      entity(3),
    ]);
  });

  test("an entity with two validators may have signed more than there are blocks", () => {
    expect(eligibleEntities(signing(10n, [1, 20n]), 1n, 1n)).toEqual([entity(1)]);
  });

  test("an overflow of 64 bits stops the block", () => {
    expect(() => eligibleEntities(signing(1n << 40n, [1, 1n]), 1n << 30n, 1n)).toThrow(RangeError);
    expect(() => eligibleEntities(signing(1n, [1, 1n << 40n]), 1n, 1n << 30n)).toThrow(RangeError);
  });
});
