import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import { MemorySigner } from "../crypto/memory-signer.ts";
import type { ValidatorUpdate } from "./application.ts";
import { incrementProposerPriority, proposerPriorityHash } from "./proposer-priority.ts";
import { newValidatorSet, updateValidators } from "./update-validators.ts";
import { consensusAddress } from "./validator.ts";
import { compareValidators, MAX_TOTAL_VOTING_POWER, type ValidatorSet } from "./validator-set.ts";

const keys = [1, 2, 3, 4].map((n) => MemorySigner.fromSeed(sha256(new Uint8Array([n]))).publicKey);

const member = (n: number, power: bigint): ValidatorUpdate => ({ public_key: keys[n - 1]!, power });
const nameOf = (address: Uint8Array) =>
  `v${1 + keys.findIndex((key) => toHex(consensusAddress(key)) === toHex(address))}`;
const priorities = (set: ValidatorSet) =>
  Object.fromEntries(
    set.validators.map(({ address, proposer_priority }) => [nameOf(address), Number(proposer_priority)]),
  );

describe("known answers of the official node (cometbft.md 4.4)", () => {
  const start = newValidatorSet([member(1, 10n), member(2, 5n), member(3, 1n)]);
  const one = incrementProposerPriority(start, 1);
  const four = incrementProposerPriority(one, 3);
  const changed = updateValidators(four, [member(4, 7n), member(2, 0n), member(3, 100n)]);
  const next = incrementProposerPriority(changed, 1);
  const last = incrementProposerPriority(next, 1);

  test.each<[string, ValidatorSet, Record<string, number>]>([
    ["new set", start, { v1: -6, v2: 5, v3: 1 }],
    ["one step", one, { v1: 4, v2: -6, v3: 2 }],
    ["three steps more", four, { v1: 2, v2: -7, v3: 5 }],
    ["changed", changed, { v3: 49, v1: 46, v4: -93 }],
    ["one step after the change", next, { v3: 32, v1: 56, v4: -86 }],
    ["two steps after the change", last, { v3: 15, v1: 66, v4: -79 }],
  ])("%s", (_, set, expected) => {
    expect(priorities(set)).toEqual(expected);
  });

  test("proposer and hash after the changes", () => {
    expect(nameOf(next.proposer!.address)).toBe("v3");
    expect(toHex(proposerPriorityHash(last))).toBe(
      "561318a745d66bb8ccbe91dd98d10f5721ff1fe52cd705330ddee842247d56fc",
    );
  });
});

test("four equal validators take turns", () => {
  let set = newValidatorSet(keys.map((public_key) => ({ public_key, power: 6n })));
  const seen: number[][] = [];
  for (let height = 1; height <= 4; height += 1) {
    seen.push(set.validators.map((v) => Number(v.proposer_priority)).sort((a, b) => a - b));
    set = incrementProposerPriority(set, 1);
  }
  expect(seen).toEqual([
    [-18, 6, 6, 6],
    [-12, -12, 12, 12],
    [-6, -6, -6, 18],
    [0, 0, 0, 0],
  ]);
});

describe("refused changes", () => {
  const set = newValidatorSet([member(1, 10n), member(2, 5n)]);
  test.each<[string, ValidatorUpdate[]]>([
    ["twice the same", [member(1, 2n), member(1, 3n)]],
    ["negative power", [member(1, -1n)]],
    ["too much power", [member(1, MAX_TOTAL_VOTING_POWER + 1n)]],
    ["too much power together", [member(3, MAX_TOTAL_VOTING_POWER)]],
    ["removal of a stranger", [member(3, 0n)]],
    ["nobody left", [member(1, 0n), member(2, 0n)]],
    ["wrong key length", [{ public_key: new Uint8Array(31), power: 1n }]],
  ])("%s", (_, changes) => {
    expect(() => updateValidators(set, changes)).toThrow(expect.objectContaining({ code: "chain/invalid" }));
  });
});

test("over any history the set is ordered, centred and within its window, and the proposer rotates by power", () => {
  const change = fc.record({
    n: fc.integer({ min: 1, max: 4 }),
    power: fc.bigInt({ min: 0n, max: 1n << 56n }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }), (history) => {
      let set = newValidatorSet([member(1, 1n)]);
      for (const changes of history) {
        try {
          set = updateValidators(
            set,
            changes.map(({ n, power }) => member(n, power)),
          );
        } catch {
          continue;
        }
        set = incrementProposerPriority(set, 1);
        expect([...set.validators].sort(compareValidators)).toEqual(set.validators);
        const values = set.validators.map((v) => v.proposer_priority).sort((a, b) => (a < b ? -1 : 1));
        expect(values.at(-1)! - values[0]! <= 3n * set.totalVotingPower).toBe(true);
        expect(set.get(set.proposer!.address)).toBe(set.proposer);
      }
    }),
  );
});
