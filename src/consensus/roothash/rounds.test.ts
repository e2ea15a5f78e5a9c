import { beforeEach, describe, expect, test } from "vitest";
import {
  domain,
  nodes,
  owners,
  RoundWorld,
  RUNTIME_ID,
  transferMessage,
  user,
} from "../../../test/consensus-round.ts";
import { eventsOf, outcomeOf } from "../../../test/consensus-world.ts";
import { utf8 } from "../../codec/bytes.ts";
import { EMPTY_HASH, sha512_256 } from "../../crypto/hash.ts";
import { HEADER_EPOCH_TRANSITION, HEADER_NORMAL, HEADER_ROUND_FAILED } from "../../types/roothash-block.ts";
import type { ComputeResultsHeader, ExecutorCommitment } from "../../types/roothash-commitment.ts";
import { signCommitment } from "./commitment.ts";
import { endBlock } from "./end-block.ts";
import { executionDiscrepancy } from "./events.ts";
import { executorCommit } from "./executor-commit.ts";
import { getLastRoundResults, getRoundTimeouts } from "./state.ts";

let world: RoundWorld;

beforeEach(() => {
  world = new RoundWorld();
});

describe("a round that everybody agrees on", () => {
  test("is finalised at the end of the block of the last vote", () => {
    const opened = {
      suspended: false,
      last_block: { header: { round: 1n, header_type: HEADER_EPOCH_TRANSITION } },
    };
    expect(world.stored).toMatchObject(opened);
    const first = world.ranked(0n);
    const others = [0, 1, 2].filter((n) => n !== first);
    expect(world.commit(world.vote(first))).toEqual({
      outcome: "ok",
      gas: 100n,
      events: ["executor_commit"],
    });
    expect(world.stored.timeout).toBe(106n);
    expect(getRoundTimeouts(world.state, 106n)).toEqual([RUNTIME_ID]);
    expect(world.endBlock()).toEqual([]);
    const accepted = world.commit(...others.map((n) => world.vote(n)));
    expect(accepted.events).toEqual(["executor_commit", "executor_commit"]);
    expect(world.endBlock()).toEqual(["finalized"]);

    const { last_block: last, ...rest } = world.stored;
    expect(last.header).toMatchObject({
      round: 2n,
      header_type: HEADER_NORMAL,
      state_root: sha512_256(utf8("state a")),
      io_root: sha512_256(utf8("io a")),
    });
    expect(rest).toMatchObject({ last_normal_round: 2n, last_normal_height: 101n, timeout: 0n });
    expect(getRoundTimeouts(world.state, 106n)).toEqual([]);
    expect(rest.liveness_stats).toEqual({
      total_rounds: 1n,
      good_rounds: [1n, 1n, 1n, 0n, 0n],
      finalized_proposals: [0, 1, 2, 3, 4].map((n) => (n === first ? 1n : 0n)),
      missed_proposals: [0n, 0n, 0n, 0n, 0n],
    });
    expect(getLastRoundResults(world.state, RUNTIME_ID).good_compute_entities).toEqual(owners.slice(0, 3));
  });

  test("commitments are accepted all or none", () => {
    const own = world.vote(world.ranked(0n));
    const before = world.stored;
    expect(world.commit(own, own)).toEqual({ outcome: "roothash/commitment/6", gas: 100n, events: [] });
    expect(world.stored).toEqual(before);
    expect(world.endBlock()).toEqual([]);
  });

  test("no commitments are no mistake, even for an unknown ParaTime", () => {
    const ctx = world.context("deliverTx", user);
    executorCommit(ctx, { id: new Uint8Array(32), commits: null });
    expect(ctx.gas.used).toBe(100n);
  });
});

describe("commitments are refused", () => {
  function resigned(change: Partial<ComputeResultsHeader>): ExecutorCommitment {
    const { header } = world.vote(0);
    return signCommitment({ ...header, header: { ...header.header, ...change } }, null, nodes[0]!, domain);
  }

  const byScheduler = (rank: bigint, messages: bigint[]) =>
    world.vote(world.ranked(rank), { messages: messages.map(transferMessage) });

  test.each([
    ["with a bad signature", () => ({ ...world.vote(0), sig: new Uint8Array(64) }), "unknown/1"],
    ["for another round", () => resigned({ round: 9n }), "roothash/commitment/7"],
    ["for another block", () => resigned({ previous_hash: EMPTY_HASH }), "roothash/commitment/7"],
    ["with incomplete results", () => resigned({ io_root: null }), "roothash/commitment/11"],
    [
      "with a failure of the scheduler",
      () => world.vote(world.ranked(0n), { results: "fail" }),
      "roothash/commitment/11",
    ],
    ["with too many messages", () => byScheduler(0n, [1n, 2n, 3n]), "roothash/commitment/13"],
    [
      "with other messages than committed to",
      () => ({ ...byScheduler(0n, [1n]), messages: [transferMessage(2n)] }),
      "roothash/commitment/13",
    ],
    [
      "with messages of another than the scheduler",
      () => ({ ...byScheduler(1n, [1n]), messages: [transferMessage(1n)] }),
      "roothash/commitment/13",
    ],
  ])("%s", (_, commitment, expected) => {
    expect(world.commit(commitment()).outcome).toBe(expected);
  });

  test("for an unknown ParaTime", () => {
    const body = { id: new Uint8Array(32), commits: [world.vote(0)] };
    expect(outcomeOf(() => executorCommit(world.context("deliverTx", user), body))).toBe("roothash/3");
  });
});

describe("timeouts", () => {
  test("too few votes become a discrepancy, then a failed round", () => {
    const first = world.ranked(0n);
    world.commit(world.vote(first));
    world.endBlock();
    while (world.facts.height < 106n) {
      expect(world.endBlock()).toEqual([]);
      world.nextBlock();
    }
    const ctx = world.context("endBlock");
    endBlock(ctx);
    expect(eventsOf(ctx, executionDiscrepancy)).toEqual([{ round: 2n, rank: 0n, timeout: true }]);
    // Backup workers get one and a half of the round timeout.
    expect(world.stored.timeout).toBe(113n);
    while (world.facts.height < 113n) {
      world.nextBlock();
    }
    expect(world.endBlock()).toEqual(["finalized"]);
    const { timeout, last_block: last, liveness_stats: stats } = world.stored;
    expect([timeout, last.header.header_type]).toEqual([0n, HEADER_ROUND_FAILED]);
    expect(stats?.total_rounds).toBe(0n);
    expect(stats?.missed_proposals?.[first]).toBe(1n);
  });

  test("wrap around like the network's 64-bit heights when a descriptor asks for too much time", () => {
    world.change((stored) => {
      stored.runtime.executor.round_timeout = (1n << 63n) - 1n;
    });
    world.commit(world.vote(world.ranked(0n)), world.vote(world.ranked(1n), { results: "b" }));
    const workers = 100n - (1n << 63n);
    expect(world.stored.timeout).toBe(workers);
    expect(getRoundTimeouts(world.state, workers)).toHaveLength(1);
    world.endBlock();
    expect(world.stored.timeout).toBe(101n + ((1n << 63n) - 15n) / 10n);
    expect(getRoundTimeouts(world.state, workers)).toEqual([]);
  });

  test("a scheduler that is further ahead in line starts the clock again", () => {
    const [first, second] = [world.ranked(0n), world.ranked(1n)];
    world.commit(world.vote(second, { scheduler: second }));
    expect(world.stored.timeout).toBe(106n);
    world.nextBlock();
    world.commit(world.vote(second));
    expect(world.stored.timeout).toBe(106n);
    world.commit(world.vote(first));
    expect(world.stored.timeout).toBe(107n);
    expect(getRoundTimeouts(world.state, 106n)).toEqual([]);
  });
});

describe("a discrepancy", () => {
  test("is decided by the backup workers; who was wrong is slashed, the rest is shared out", () => {
    const [first, second] = [world.ranked(0n), world.ranked(1n)];
    world.commit(world.vote(first), world.vote(second, { results: "b" }));
    expect(world.endBlock()).toEqual(["execution_discrepancy"]);
    expect(world.stored.commitment_pool?.discrepancy).toBe(true);
    world.nextBlock();
    world.commit(world.vote(3), world.vote(4));
    const rewards = ["add_escrow", "add_escrow", "add_escrow"];
    expect(world.endBlock()).toEqual(["take_escrow", "transfer", ...rewards, "finalized"]);
    // 100 slashed: 40 percent to the ParaTime, 20 each to the owners of the scheduler, b3 and b4.
    expect(world.stakeOf(owners[second]!)).toBe(900n);
    expect(world.runtimeBalance).toBe(40n);
    expect([first, 3, 4].map((n) => world.stakeOf(owners[n]!))).toEqual([1020n, 1020n, 1020n]);
    const results = getLastRoundResults(world.state, RUNTIME_ID);
    expect(results.bad_compute_entities).toEqual([owners[second]]);
    expect(results.good_compute_entities).toEqual([owners[first], owners[3], owners[4]]);
  });

  test("decided against the scheduler fails the round and slashes nobody", () => {
    world.commit(world.vote(world.ranked(0n)), world.vote(world.ranked(1n), { results: "b" }));
    world.endBlock();
    world.commit(world.vote(3, { results: "b" }), world.vote(4, { results: "b" }));
    expect(world.endBlock()).toEqual(["finalized"]);
    expect(world.stored.last_block.header.header_type).toBe(HEADER_ROUND_FAILED);
    expect(owners.map((owner) => world.stakeOf(owner))).toEqual([1000n, 1000n, 1000n, 1000n, 1000n]);
  });
});
