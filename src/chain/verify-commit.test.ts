import { describe, expect, test } from "vitest";
import { testSignerOf } from "../../test/chain/engine-fixture.ts";
import type { BlockID } from "./block-id.ts";
import { ABSENT_COMMIT_SIG, BLOCK_ID_FLAG, type Commit, type CommitSig } from "./commit.ts";
import { signConsensusMessage } from "./consensus-signature.ts";
import { medianTime } from "./median-time.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import { newValidatorSet } from "./update-validators.ts";
import { consensusAddress } from "./validator.ts";
import { verifyCommit, verifyCommitLight, verifyCommitTrusting } from "./verify-commit.ts";
import { precommitOf } from "./vote.ts";

const CHAIN = "test-chain";
const ONE_THIRD = { numerator: 1n, denominator: 3n };
const block_id: BlockID = {
  hash: new Uint8Array(32).fill(1),
  part_set_header: { total: 1, hash: new Uint8Array(32).fill(2) },
};

type Vote = { for: "block" | "nil" | "absent"; time?: bigint; isForged?: boolean };

/** A commit of validators 1, 2, … with these powers and votes. */
function commitOf(powers: bigint[], votes: Vote[]) {
  const validators = newValidatorSet(
    powers.map((power, i) => ({ public_key: testSignerOf(i + 1).publicKey, power })),
  );
  const signatures: CommitSig[] = validators.validators.map(() => ABSENT_COMMIT_SIG);
  const commit: Commit = { height: 5n, round: 0, block_id, signatures };
  votes.forEach((vote, i) => {
    if (vote.for === "absent") return;
    const signer = testSignerOf(i + 1);
    const validator_address = consensusAddress(signer.publicKey);
    const index = validators.indexOf(validator_address);
    const block_id_flag = vote.for === "block" ? BLOCK_ID_FLAG.commit : BLOCK_ID_FLAG.nil;
    signatures[index] = {
      block_id_flag,
      validator_address,
      timestamp: vote.time ?? 0n,
      signature: new Uint8Array(64),
    };
    const signature = signConsensusMessage(signer, voteSignBytes(CHAIN, precommitOf(commit, index)!));
    signatures[index] = {
      ...signatures[index]!,
      signature: vote.isForged ? signature.map((b) => b ^ 1) : signature,
    };
  });
  return { commit, validators, claim: { chainId: CHAIN, height: 5n, blockId: block_id, validators } };
}

const forBlock: Vote = { for: "block" };
const forNil: Vote = { for: "nil" };
const absent: Vote = { for: "absent" };
const forged: Vote = { for: "block", isForged: true };
const forgedNil: Vote = { for: "nil", isForged: true };

describe("the three checks (cometbft.md 4.5)", () => {
  test.each<[string, bigint[], Vote[], boolean, boolean, boolean]>([
    // powers, votes; full, light and trusting verdict
    ["all for the block", [1n, 1n, 1n], [forBlock, forBlock, forBlock], true, true, true],
    ["exactly two thirds", [1n, 1n, 1n], [forBlock, forBlock, absent], false, false, true],
    ["more than two thirds", [1n, 1n, 1n, 1n], [forBlock, forBlock, forBlock, absent], true, true, true],
    ["nil does not count", [1n, 1n, 1n, 1n], [forBlock, forBlock, forNil, forNil], false, false, true],
    ["exactly one third", [1n, 1n, 1n], [forBlock, absent, absent], false, false, false],
    ["power decides", [10n, 1n, 1n, 1n], [forBlock, absent, absent, absent], true, true, true],
    ["a forged vote for nil", [10n, 1n], [forBlock, forgedNil], false, true, true],
    ["a forged vote after enough", [10n, 1n], [forBlock, forged], false, true, true],
    ["a forged vote before enough", [10n, 1n], [forged, forBlock], false, false, false],
  ])("%s", (_, powers, votes, full, light, trusting) => {
    const { commit, validators, claim } = commitOf(powers, votes);
    const passes = (check: () => void) => {
      try {
        check();
        return true;
      } catch (error) {
        expect(error).toMatchObject({ name: "ChainError" });
        return false;
      }
    };
    expect(passes(() => verifyCommit(claim, commit))).toBe(full);
    expect(passes(() => verifyCommitLight(claim, commit))).toBe(light);
    expect(passes(() => verifyCommitTrusting(CHAIN, validators, commit, ONE_THIRD))).toBe(trusting);
  });

  test("with all signatures, votes for nil are verified and counted too", () => {
    const { commit, validators, claim } = commitOf([1n, 1n, 1n, 1n], [forBlock, forBlock, forNil, absent]);
    verifyCommitLight(claim, commit, "all");
    verifyCommitTrusting(CHAIN, validators, commit, ONE_THIRD, "all");
    const bad = commitOf([10n, 1n], [forBlock, forgedNil]);
    expect(() => verifyCommitLight(bad.claim, bad.commit, "all")).toThrow(/does not verify/);
    expect(() => verifyCommitTrusting(CHAIN, bad.validators, bad.commit, ONE_THIRD, "all")).toThrow(
      /does not verify/,
    );
  });

  test("trusting skips strangers and refuses one validator twice", () => {
    const { commit } = commitOf([1n, 1n, 1n], [forBlock, forBlock, forBlock]);
    const others = newValidatorSet(
      [1, 8, 9].map((n) => ({ public_key: testSignerOf(n).publicKey, power: 1n })),
    );
    expect(() => verifyCommitTrusting(CHAIN, others, commit, ONE_THIRD)).toThrow(/not enough/);
    const twice = { ...commit, signatures: [commit.signatures[0]!, commit.signatures[0]!] };
    const { validators } = commitOf([1n, 1n, 1n], []);
    expect(() => verifyCommitTrusting(CHAIN, validators, twice, ONE_THIRD)).toThrow(/two signatures/);
  });
});

describe("the median time (cometbft.md 4.6)", () => {
  const at = (time: bigint): Vote => ({ for: "block", time });
  test.each<[string, bigint[], Vote[], bigint]>([
    ["one vote", [1n], [at(5n)], 5n],
    ["three equal ones: the earliest", [1n, 1n, 1n], [at(30n), at(10n), at(20n)], 10n],
    ["the heavier", [1n, 10n], [at(10n), at(20n)], 20n],
    ["votes for nil count", [1n, 10n], [at(10n), { for: "nil", time: 20n }], 20n],
    ["absent ones do not", [1n, 10n], [at(10n), absent], 10n],
    ["five equal ones: the second", [1n, 1n, 1n, 1n, 1n], [at(5n), at(4n), at(3n), at(2n), at(1n)], 2n],
  ])("%s", (_, powers, votes, expected) => {
    const { commit, validators } = commitOf(powers, votes);
    expect(medianTime(commit, validators)).toBe(expected);
  });

  test("a stranger's vote has no place in it", () => {
    const { commit } = commitOf([1n, 1n], [at(1n), at(2n)]);
    expect(() => medianTime(commit, commitOf([1n], []).validators)).toThrow(/no validator/);
  });
});
