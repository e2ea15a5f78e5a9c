import { beforeEach, describe, expect, test } from "vitest";
import { nodes, owners, RoundWorld, RUNTIME_ID, runtime, user } from "../../../test/consensus-round.ts";
import { eventKinds, outcomeOf } from "../../../test/consensus-world.ts";
import { toHex } from "../../codec/bytes.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { HEADER_SUSPENDED } from "../../types/roothash-block.ts";
import { KIND_COMPUTE_EXECUTOR } from "../../types/scheduler.ts";
import { getRuntime, getSuspendedRuntime, setRuntime } from "../registry/runtime-state.ts";
import { getNodeStatus, setNodeStatus } from "../registry/state.ts";
import { removeCommittee } from "../scheduler/state.ts";
import * as staking from "../staking/state.ts";
import { changeCommittees } from "./committee-change.ts";
import { evaluateAllLiveness } from "./liveness.ts";
import { getRoundTimeouts } from "./state.ts";
import { submitMessage } from "./submit-message.ts";

let world: RoundWorld;

beforeEach(() => {
  world = new RoundWorld();
});

describe("committee changes (consensus-b.md 4.3)", () => {
  function change(): string[] {
    const ctx = world.context("beginBlock");
    changeCommittees(ctx);
    return eventKinds(ctx);
  }

  test("without a committee the ParaTime is suspended", () => {
    removeCommittee(world.state, KIND_COMPUTE_EXECUTOR, RUNTIME_ID);
    expect(change()).toEqual(["runtime_suspended", "finalized"]);
    expect(world.stored).toMatchObject({
      suspended: true,
      committee: null,
      commitment_pool: null,
      last_block: { header: { header_type: HEADER_SUSPENDED } },
    });
    expect(getRuntime(world.state, RUNTIME_ID)).toBeNull();
    expect(getSuspendedRuntime(world.state, RUNTIME_ID)).toEqual(runtime);
    expect(change()).toEqual([]);
    const body = { id: RUNTIME_ID, tag: 0n, fee: 5n, tokens: 0n, data: null };
    expect(outcomeOf(() => submitMessage(world.context("deliverTx", user), body))).toBe("roothash/5");
  });

  test("without stake it is suspended, unless debugging", () => {
    const owner = stakingAddress(owners[0]!);
    const account = staking.getAccount(world.state, owner);
    account.escrow.stake_accumulator.claims = new Map([["x", [{ global: null, const: 1001n }]]]);
    staking.setAccount(world.state, owner, account);
    world.setRoothashParameters({ debug_do_not_suspend_runtimes: true });
    expect(change()).toEqual(["finalized"]);
    world.setRoothashParameters({ debug_do_not_suspend_runtimes: false });
    expect(change()).toEqual(["runtime_suspended", "finalized"]);
  });

  test("commitments, timeout and counters start again, and the descriptor is renewed", () => {
    world.commit(world.vote(world.ranked(0n)));
    world.endBlock();
    setRuntime(world.state, { ...runtime, executor: { ...runtime.executor, round_timeout: 9n } }, false);
    expect(change()).toEqual(["finalized"]);
    const { timeout, liveness_stats: stats, commitment_pool: pool } = world.stored;
    expect([timeout, stats, pool?.scheduler_commitments]).toEqual([0n, null, null]);
    expect(world.stored.runtime.executor.round_timeout).toBe(9n);
    expect(getRoundTimeouts(world.state, 106n)).toEqual([]);
  });
});

describe("liveness (consensus-b.md 4.8)", () => {
  /** Evaluates epoch 11 with the given counters; gives the failures of every node. */
  function evaluate(total: bigint, good: bigint[], missed: bigint[] = []): number[] {
    const padded = (counters: bigint[]) => [0, 1, 2, 3, 4].map((n) => counters[n] ?? 0n);
    world.change((stored) => {
      stored.liveness_stats = {
        total_rounds: total,
        good_rounds: padded(good),
        finalized_proposals: padded([]),
        missed_proposals: padded(missed),
      };
    });
    evaluateAllLiveness(world.context("beginBlock"), 12n);
    return nodes.map(({ publicKey }) => fault(publicKey)?.failures ?? 0);
  }

  const fault = (id: Uint8Array) => getNodeStatus(world.state, id)?.faults?.get(toHex(RUNTIME_ID));
  const worker = nodes[1]!.publicKey;

  test("only workers are judged, by their share of rounds", () => {
    expect(evaluate(10n, [9n, 8n, 10n])).toEqual([0, 1, 0, 0, 0]);
    expect(fault(worker)?.suspended_until).toBe(14n);
  });

  test("nobody is judged without rounds, or with too few", () => {
    expect(evaluate(0n, [])).toEqual([0, 0, 0, 0, 0]);
    world.change((stored) => {
      stored.runtime.executor.min_live_rounds_eval = 11n;
    });
    expect(evaluate(10n, [])).toEqual([0, 0, 0, 0, 0]);
  });

  test("missed proposals count only with a limit", () => {
    expect(evaluate(1n, [1n, 1n, 1n], [1n])).toEqual([0, 0, 0, 0, 0]);
    world.change((stored) => {
      stored.runtime.executor.max_missed_proposals_percent = 50;
    });
    expect(evaluate(1n, [1n, 1n, 1n], [1n])).toEqual([1, 0, 0, 0, 0]);
  });

  test("too many failures freeze and slash, and a frozen node is not judged again", () => {
    const status = getNodeStatus(world.state, worker)!;
    status.faults = new Map([[toHex(RUNTIME_ID), { failures: 1, suspended_until: 0n }]]);
    setNodeStatus(world.state, worker, status);
    expect(evaluate(10n, [9n, 8n, 10n])).toEqual([0, 2, 0, 0, 0]);
    expect(getNodeStatus(world.state, worker)?.freeze_end_time).toBe(16n);
    expect(world.stakeOf(owners[1]!)).toBe(993n);
    expect(evaluate(10n, [])).toEqual([1, 2, 1, 0, 0]);
  });
});
