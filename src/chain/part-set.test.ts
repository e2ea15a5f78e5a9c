import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { checkPart, makePartSet, PART_SIZE, type Part, PartAssembly } from "./part-set.ts";

const MAX_SIZE = 10 * PART_SIZE;
const content = Uint8Array.from({ length: 3 * PART_SIZE + 100 }, (_, i) => (i * 31) % 251);
const { header, parts } = makePartSet(content);

test("parts in any order make the whole, twice the same does no harm", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 }), (order) => {
      const assembly = new PartAssembly(header, MAX_SIZE);
      const added = order.filter((index) => assembly.add(parts[index]!));
      expect(added.length).toBe(4);
      expect(toHex(assembly.bytes())).toBe(toHex(content));
    }),
    { numRuns: 10 },
  );
});

test("the root depends on every byte", () => {
  const changed = content.slice();
  changed[PART_SIZE + 5]! ^= 1;
  expect(toHex(makePartSet(changed).header.hash)).not.toBe(toHex(header.hash));
});

describe("refused parts", () => {
  const part = parts[1]!;
  const flipped = part.bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
  test.each<[string, Part]>([
    ["other bytes", { ...part, bytes: flipped }],
    ["another place", { ...part, index: 2, proof: { ...part.proof, index: 2n } }],
    ["a place beyond the end", { ...part, index: 4, proof: { ...part.proof, index: 4n } }],
    ["a proof for another number of parts", { ...part, proof: { ...part.proof, total: 5n } }],
    ["a proof that is cut", { ...part, proof: { ...part.proof, aunts: part.proof.aunts.slice(1) } }],
  ])("%s", (_, wrong) => {
    expect(() => new PartAssembly(header, MAX_SIZE).add(wrong)).toThrow(
      expect.objectContaining({ code: "chain/invalid" }),
    );
  });

  test.each<[string, Part]>([
    ["too long", { ...part, bytes: new Uint8Array(PART_SIZE + 1) }],
    ["too short for its place", { ...part, bytes: new Uint8Array(5) }],
    ["index and proof that disagree", { ...part, index: 2 }],
    ["a hash of another length", { ...part, proof: { ...part.proof, leaf_hash: new Uint8Array(31) } }],
    [
      "too many hashes",
      { ...part, proof: { ...part.proof, aunts: new Array(101).fill(new Uint8Array(32)) } },
    ],
  ])("%s", (_, wrong) => {
    expect(() => checkPart(wrong)).toThrow(expect.objectContaining({ code: "chain/malformed" }));
  });
});

test("more than the limit is refused as early as it shows", () => {
  expect(() => new PartAssembly({ total: 5, hash: header.hash }, 4 * PART_SIZE)).toThrow(/more parts/);
  const assembly = new PartAssembly(header, 3 * PART_SIZE + 50 + PART_SIZE);
  for (const part of parts) assembly.add(part);
  const tight = new PartAssembly(header, 3 * PART_SIZE + 50);
  for (const part of parts.slice(0, 3)) tight.add(part);
  expect(() => tight.add(parts[3]!)).toThrow(/too long/);
});
