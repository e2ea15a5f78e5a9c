import { describe, expect, it } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { VOTE_ABSTAIN, VOTE_NO, VOTE_YES } from "../../types/governance.ts";
import { tally, type VoterDelegation } from "./tally.ts";

const account = (n: number) => new Uint8Array(21).fill(n);
const [alice, bob, carol, dave] = [account(1), account(2), account(3), account(4)];
const pools = new Map([
  [toHex(alice), { balance: 200n, total_shares: 100n }],
  [toHex(bob), { balance: 50n, total_shares: 50n }],
]);
const delegations = new Map<string, VoterDelegation[]>([
  [toHex(alice), [{ escrow: alice, shares: 60n }]],
  [toHex(bob), [{ escrow: bob, shares: 50n }]],
  [toHex(carol), [{ escrow: alice, shares: 40n }]],
]);
const count = (...votes: [Uint8Array, number][]) =>
  tally(
    pools,
    votes.map(([voter, vote]) => ({ voter, vote })),
    (voter) => delegations.get(toHex(voter)) ?? [],
  );

describe("tally", () => {
  it("an entity votes for all its delegators", () => {
    expect(count([alice, VOTE_YES], [bob, VOTE_NO])).toEqual({
      results: new Map([
        [VOTE_YES, 200n],
        [VOTE_NO, 50n],
      ]),
      invalidVotes: 0n,
    });
  });

  it("a delegator overrides its entity with its own shares", () => {
    expect(count([alice, VOTE_YES], [carol, VOTE_NO]).results).toEqual(
      new Map([
        [VOTE_YES, 120n],
        [VOTE_NO, 80n],
      ]),
    );
  });

  it("a delegator votes although its entity does not", () => {
    expect(count([carol, VOTE_ABSTAIN]).results).toEqual(new Map([[VOTE_ABSTAIN, 80n]]));
  });

  it("the same vote as the entity's changes nothing", () => {
    expect(count([alice, VOTE_YES], [carol, VOTE_YES]).results).toEqual(new Map([[VOTE_YES, 200n]]));
  });

  it("a vote without any shares left stays in the results", () => {
    const all = new Map([...delegations, [toHex(carol), [{ escrow: alice, shares: 100n }]]]);
    const { results } = tally(
      pools,
      [
        { voter: alice, vote: VOTE_YES },
        { voter: carol, vote: VOTE_NO },
      ],
      (voter) => (voter === carol ? all.get(toHex(carol))! : []),
    );
    expect(results).toEqual(
      new Map([
        [VOTE_YES, 0n],
        [VOTE_NO, 200n],
      ]),
    );
  });

  it("counts votes without a delegation to a validator as invalid", () => {
    expect(count([dave, VOTE_YES])).toEqual({ results: new Map(), invalidVotes: 1n });
  });

  it("takes any number for a vote", () => {
    expect(count([bob, 200]).results).toEqual(new Map([[200, 50n]]));
  });
});
