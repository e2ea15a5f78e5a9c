import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { encode } from "../../codec/schema.ts";
import { EMPTY_HASH, sha512_256 } from "../../crypto/hash.ts";
import { wirePair } from "../../types/errors.ts";
import {
  type ExecutorCommitment,
  FAILURE_NONE,
  FAILURE_UNKNOWN,
  NO_RANK,
  Pool,
} from "../../types/roothash-commitment.ts";
import {
  type Committee,
  KIND_COMPUTE_EXECUTOR,
  ROLE_BACKUP_WORKER,
  ROLE_WORKER,
} from "../../types/scheduler.ts";
import { addCommitment, newPool, processCommitments } from "./pool.ts";

const key = (n: number) => new Uint8Array(32).fill(n + 1);

/** Three workers w0..w2 and three backup workers b3..b5; in round 3 worker 0 is the first scheduler. */
const committee: Committee = {
  kind: KIND_COMPUTE_EXECUTOR,
  runtime_id: new Uint8Array(32),
  valid_for: 1n,
  members: [0, 1, 2, 3, 4, 5].map((n) => ({
    role: n < 3 ? ROLE_WORKER : ROLE_BACKUP_WORKER,
    public_key: key(n),
  })),
};
const withoutBackups: Committee = { ...committee, members: committee.members!.slice(0, 3) };
const ROUND = 3n;

/** Commitment of a member to results with a name, or to a failure, proposed by a scheduler. */
function commitment(member: number, vote: string, scheduler: number): ExecutorCommitment {
  const failed = vote === "fail";
  const hash = failed ? null : EMPTY_HASH;
  return {
    node_id: key(member),
    header: {
      scheduler_id: key(scheduler),
      header: {
        round: ROUND,
        previous_hash: EMPTY_HASH,
        io_root: failed ? null : sha512_256(utf8(vote)),
        state_root: hash,
        messages_hash: hash,
        in_msgs_hash: hash,
        in_msgs_count: 0,
      },
      failure: failed ? FAILURE_UNKNOWN : FAILURE_NONE,
      rak_sig: null,
    },
    sig: new Uint8Array(64),
    messages: null,
  };
}

/**
 * Steps as in consensus-b.md 4.5: `w0 a` is worker 0 voting for results a, `P` processes, `P!` processes at the
 * timeout. `s1` in front of a vote names a scheduler other than worker 0.
 */
function run(steps: string, stragglers = 0, members = committee): string[] {
  const pool = newPool();
  return steps.split(", ").map((step) => {
    const process = /^P(!?)$/.exec(step);
    if (process !== null) {
      const outcome = processCommitments(pool, members, stragglers, process[1] === "!");
      return outcome.kind === "failed" ? outcome.reason : outcome.kind;
    }
    const [, scheduler = "0", member, vote] = /^(?:s(\d) )?[wb](\d) (\w+)$/.exec(step)!;
    try {
      addCommitment(pool, members, commitment(Number(member), vote!, Number(scheduler)));
      return "added";
    } catch (error) {
      const { module, code } = wirePair(error);
      return `${module.split("/")[1]}/${code}`;
    }
  });
}

describe("discrepancy detection and resolution", () => {
  test.each([
    ["all agree", "w0 a, w1 a, w2 a, P", ["added", "added", "added", "finalized"]],
    ["one vote is missing", "w0 a, w1 a, P", ["added", "added", "waiting"]],
    ["one vote is missing at the timeout", "w0 a, w1 a, P!, P", ["added", "added", "discrepancy", "waiting"]],
    ["nobody commits", "P, P!", ["waiting", "no-scheduler-commitment"]],
    [
      "only another than the scheduler commits",
      "w1 a, P, P!",
      ["added", "waiting", "no-scheduler-commitment"],
    ],
    ["two results", "w0 a, w1 b, P, P, w2 a", ["added", "added", "discrepancy", "waiting", "commitment/11"]],
    [
      "backups agree with the scheduler",
      "w0 a, w1 b, P, b3 a, b4 a, P",
      ["added", "added", "discrepancy", "added", "added", "finalized"],
    ],
    [
      "backups disagree with the scheduler",
      "w0 a, w1 b, P, b3 b, b4 b, P",
      ["added", "added", "discrepancy", "added", "added", "bad-scheduler-commitment"],
    ],
    [
      "backups fail",
      "w0 a, w1 b, P, b3 fail, b4 fail, P",
      ["added", "added", "discrepancy", "added", "added", "insufficient-votes"],
    ],
    [
      "backups are late",
      "w0 a, w1 b, P, b3 a, P, P!",
      ["added", "added", "discrepancy", "added", "waiting", "insufficient-votes"],
    ],
    [
      "votes of backups from before count",
      "b3 a, b4 a, w0 a, w1 b, P, P",
      ["added", "added", "added", "added", "discrepancy", "finalized"],
    ],
    [
      "a second scheduler waits for the timeout",
      "s1 w1 a, s1 w0 b, P, P!",
      ["added", "added", "waiting", "discrepancy"],
    ],
    [
      "a second scheduler finishes alone",
      "s1 w1 a, s1 w0 a, s1 w2 a, P",
      ["added", "added", "added", "finalized"],
    ],
    ["a worker fails", "w0 a, w1 fail, P", ["added", "added", "discrepancy"]],
    ["twice the same node", "w0 a, w0 b", ["added", "commitment/6"]],
  ])("%s", (_, steps, expected) => {
    expect(run(steps)).toEqual(expected);
  });

  test("no backup workers", () => {
    expect(run("w0 a, w1 b, P, P", 0, withoutBackups)).toEqual([
      "added",
      "added",
      "discrepancy",
      "insufficient-votes",
    ]);
  });

  test.each([
    ["one straggler is allowed", "w0 a, w1 a, P", 1, ["added", "added", "finalized"]],
    ["one failure is allowed", "w0 a, w1 fail, w2 a, P", 1, ["added", "added", "added", "finalized"]],
    ["two failures are not", "w0 a, w1 fail, w2 fail, P", 1, ["added", "added", "added", "discrepancy"]],
  ])("%s", (_, steps, stragglers, expected) => {
    expect(run(steps, stragglers)).toEqual(expected);
  });
});

describe("who may commit", () => {
  test.each([
    ["a stranger", "w9 a", ["commitment/5"]],
    ["for a scheduler that is a backup worker", "s3 w0 a", ["commitment/11"]],
    ["for a lower rank after a higher one committed", "w0 a, s1 w2 a", ["added", "commitment/11"]],
    [
      "for a higher rank after a lower one committed",
      "s2 w2 a, w1 b, s1 w1 c, s2 w0 a",
      ["added", "added", "added", "commitment/11"],
    ],
    [
      "for another rank after a discrepancy",
      "s1 w1 a, s1 w0 b, P!, b3 a, s1 b3 a",
      ["added", "added", "discrepancy", "commitment/11", "added"],
    ],
  ])("%s", (_, steps, expected) => {
    expect(run(steps)).toEqual(expected);
  });
});

test("known encodings", () => {
  const pool = newPool();
  expect(pool.highest_rank).toBe(NO_RANK);
  expect(toHex(encode(Pool, pool))).toBe("a16c686967686573745f72616e6b1bffffffffffffffff");
  const id = key(7);
  const voted: Pool = {
    highest_rank: 0n,
    scheduler_commitments: new Map([[0n, { commitment: null, votes: new Map([[toHex(id), null]]) }]]),
    discrepancy: false,
  };
  const prefix = fromHex("a1757363686564756c65725f636f6d6d69746d656e7473a100a165766f746573a15820");
  expect(toHex(encode(Pool, voted))).toBe(toHex(concat(prefix, id, Uint8Array.of(0xf6))));
});

test("the order of votes never matters for a decided round", () => {
  const votes = ["w0 a", "w1 a", "w2 a"];
  fc.assert(
    fc.property(fc.shuffledSubarray(votes, { minLength: 3 }), (order) => {
      const outcome = run([...order, "P"].join(", ")).at(-1);
      expect(outcome).toBe("finalized");
    }),
  );
});
