import { describe, expect, test } from "vitest";
import { testSignerOf } from "../../test/chain/engine-fixture.ts";
import { toHex } from "../codec/bytes.ts";
import { type BlockID, NIL_BLOCK_ID } from "./block-id.ts";
import { BLOCK_ID_FLAG } from "./commit.ts";
import { signConsensusMessage } from "./consensus-signature.ts";
import { HeightVotes } from "./height-votes.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import { newValidatorSet } from "./update-validators.ts";
import { consensusAddress } from "./validator.ts";
import { verifyCommit } from "./verify-commit.ts";
import { SIGNED_MSG_TYPE, type Vote, type VoteType } from "./vote.ts";
import { VoteSet } from "./vote-set.ts";

const CHAIN = "test-chain";
const signers = [1, 2, 3, 4].map(testSignerOf);
const validators = newValidatorSet(signers.map(({ publicKey }) => ({ public_key: publicKey, power: 10n })));
const block = (n: number): BlockID => ({
  hash: new Uint8Array(32).fill(n),
  part_set_header: { total: 1, hash: new Uint8Array(32).fill(n) },
});

function vote(signer: number, blockId: BlockID, change: Partial<Vote> = {}): Vote {
  const address = consensusAddress(signers[signer]!.publicKey);
  const unsigned: Vote = {
    type: SIGNED_MSG_TYPE.precommit,
    height: 5n,
    round: 0,
    block_id: blockId,
    timestamp: 1n,
    validator_address: address,
    validator_index: validators.indexOf(address),
    signature: new Uint8Array(0),
    ...change,
  };
  return { ...unsigned, signature: signConsensusMessage(signers[signer]!, voteSignBytes(CHAIN, unsigned)) };
}

const newSet = (type: VoteType = SIGNED_MSG_TYPE.precommit) => new VoteSet(CHAIN, 5n, 0, type, validators);

test("a majority is more than two thirds of the power for one block", () => {
  const set = newSet();
  set.add(vote(0, block(1)));
  set.add(vote(1, block(1)));
  expect(set.majority).toBeNull();
  expect(set.hasTwoThirdsAny).toBe(false);
  set.add(vote(2, block(2)));
  expect(set.majority).toBeNull();
  expect(set.hasTwoThirdsAny).toBe(true);
  set.add(vote(3, block(1)));
  expect(toHex(set.majority!.hash)).toBe(toHex(block(1).hash));
  expect(set.hasAll).toBe(true);
});

test("a commit leaves out votes for other blocks and keeps those for none", () => {
  const set = newSet();
  for (const signer of [0, 1, 2]) set.add(vote(signer, block(1)));
  const flags = () => set.makeCommit().signatures.map(({ block_id_flag }) => block_id_flag);
  expect(flags().filter((flag) => flag === BLOCK_ID_FLAG.commit)).toHaveLength(3);
  expect(flags()).toContain(BLOCK_ID_FLAG.absent);
  const claim = { chainId: CHAIN, height: 5n, blockId: block(1), validators };
  verifyCommit(claim, set.makeCommit());
  const again = VoteSet.fromCommit(CHAIN, set.makeCommit(), validators);
  expect(again.makeCommit()).toEqual(set.makeCommit());
  set.add(vote(3, NIL_BLOCK_ID));
  expect(flags()).toContain(BLOCK_ID_FLAG.nil);
  verifyCommit(claim, set.makeCommit());
});

test("no commit without a majority for a block", () => {
  const set = newSet();
  for (const signer of [0, 1, 2]) set.add(vote(signer, NIL_BLOCK_ID));
  expect(set.majority).toEqual(NIL_BLOCK_ID);
  expect(() => set.makeCommit()).toThrow(/no commit/);
});

test("the same vote again is a duplicate, with another signature it counts no more", () => {
  const set = newSet();
  set.add(vote(0, block(1)));
  expect(set.add(vote(0, block(1)))).toMatchObject({ added: false, reason: "duplicate" });
  expect(set.add(vote(0, block(1), { timestamp: 2n }))).toMatchObject({ added: false, reason: "resigned" });
});

describe("votes for two blocks", () => {
  test("the second is reported and not counted", () => {
    const set = newSet();
    set.add(vote(0, block(1)));
    const outcome = set.add(vote(0, block(2)));
    expect(outcome).toMatchObject({ added: false, reason: "conflict", conflict: { block_id: block(1) } });
    expect(set.bits(block(2))).toEqual([false, false, false, false]);
  });

  test("of one validator is reported once, and what else it signs is not even verified", () => {
    const set = newSet();
    set.add(vote(0, block(1)));
    expect(set.add(vote(0, block(2)))).toMatchObject({ conflict: { block_id: block(1) } });
    for (const other of [vote(0, block(3)), { ...vote(0, block(4)), signature: new Uint8Array(64) }]) {
      expect(set.add(other)).toEqual({ added: false, reason: "conflict", conflict: null });
    }
    set.claimMajority("peer", block(3));
    expect(set.add(vote(0, block(3)))).toMatchObject({ added: true });
  });

  test("the second counts for a block that a peer claims to have a majority", () => {
    const set = newSet();
    set.add(vote(0, block(1)));
    set.claimMajority("peer", block(2));
    expect(set.add(vote(0, block(2)))).toMatchObject({ added: true, conflict: { block_id: block(1) } });
    for (const signer of [1, 2]) set.add(vote(signer, block(2)));
    expect(toHex(set.majority!.hash)).toBe(toHex(block(2).hash));
    expect(
      set.makeCommit().signatures.filter(({ block_id_flag }) => block_id_flag === BLOCK_ID_FLAG.commit),
    ).toHaveLength(3);
  });

  test("one peer cannot claim two majorities", () => {
    const set = newSet();
    set.claimMajority("peer", block(1));
    set.claimMajority("peer", block(1));
    expect(() => set.claimMajority("peer", block(2))).toThrow(/two blocks/);
  });
});

test.each<[string, Vote]>([
  ["another height", vote(0, block(1), { height: 6n })],
  ["another round", vote(0, block(1), { round: 1 })],
  ["another kind", vote(0, block(1), { type: SIGNED_MSG_TYPE.prevote })],
  [
    "another place",
    vote(0, block(1), {
      validator_index: (validators.indexOf(consensusAddress(signers[0]!.publicKey)) + 1) % 4,
    }),
  ],
  ["a place that is not there", vote(0, block(1), { validator_index: 4 })],
  ["a wrong signature", { ...vote(0, block(1)), signature: vote(1, block(1)).signature }],
])("a vote with %s is refused", (_, wrong) => {
  expect(() => newSet().add(wrong)).toThrow(expect.objectContaining({ name: "ChainError" }));
});

test("a peer may take us at most two rounds beyond the next", () => {
  const votes = new HeightVotes(CHAIN, 5n, validators);
  votes.trackRound(1);
  expect(votes.add(vote(0, block(1), { round: 1 }), "a")).toMatchObject({ added: true });
  expect(votes.add(vote(0, block(1), { round: 7 }), "a")).toMatchObject({ added: true });
  expect(votes.add(vote(0, block(1), { round: 9 }), "a")).toMatchObject({ added: true });
  expect(votes.add(vote(0, block(1), { round: 11 }), "a")).toBeNull();
  expect(votes.add(vote(0, block(1), { round: 11 }), "b")).toMatchObject({ added: true });
  expect(votes.polRound).toBe(-1);
});
