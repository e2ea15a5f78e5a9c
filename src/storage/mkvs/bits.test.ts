import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitAt, commonPrefix, commonPrefixWithLabel, joinBits, sliceBits } from "./bits.ts";

/** The same bit string as text of zeros and ones. */
const text = (bytes: Uint8Array, bits = bytes.length * 8) =>
  [...bytes]
    .map((b) => b.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, bits);
const common = (a: string, b: string) => {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
};
const bytes = fc.uint8Array({ maxLength: 5 });
const similar = fc
  .tuple(bytes, bytes, bytes)
  .map(([head, a, b]) => [Uint8Array.from([...head, ...a]), Uint8Array.from([...head, ...b])] as const);

describe("bit strings", () => {
  it("compares, cuts and joins as text of bits does", () => {
    fc.assert(
      fc.property(similar, fc.nat(80), fc.nat(80), ([a, b], m, n) => {
        const aBits = a.length * 8;
        const from = Math.min(m, aBits);
        const to = Math.min(from + n, aBits);
        expect(commonPrefix(a, b)).toBe(common(text(a), text(b)));
        expect(commonPrefix(a, b, Math.min(m, common(text(a), text(b))))).toBe(common(text(a), text(b)));
        const cut = sliceBits(a, from, to);
        expect(text(cut)).toBe(
          text(a)
            .slice(from, to)
            .padEnd(cut.length * 8, "0"),
        );
        expect(commonPrefixWithLabel(b, Math.min(m, b.length * 8), cut, to - from)).toBe(
          common(text(b).slice(Math.min(m, b.length * 8)), text(a).slice(from, to)),
        );
        const bBits = Math.min(n, b.length * 8);
        const joined = joinBits(a, from, b, bBits);
        const expected = text(a).slice(0, from) + text(b).slice(0, bBits);
        expect(text(joined)).toBe(expected.padEnd(joined.length * 8, "0"));
        if (from < aBits) expect(bitAt(a, from)).toBe(Number(text(a)[from]));
      }),
      { numRuns: 500 },
    );
  });
});
