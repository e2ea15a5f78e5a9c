import { beforeEach, describe, expect, test } from "vitest";
import { RoundWorld, RUNTIME_ID, transferMessage, user } from "../../../test/consensus-round.ts";
import { outcomeOf } from "../../../test/consensus-world.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import { runtimeAddress, stakingAddress } from "../../types/account-address.ts";
import { HEADER_ROUND_FAILED } from "../../types/roothash-block.ts";
import * as staking from "../staking/state.ts";
import { getIncomingMessages, getLastRoundResults, getQueueMeta } from "./state.ts";
import { submitMessage } from "./submit-message.ts";

const CBOR_NULL = Uint8Array.of(0xf6);

let world: RoundWorld;

beforeEach(() => {
  world = new RoundWorld();
});

describe("messages from the ParaTime (consensus-b.md 4.7)", () => {
  test("charge their gas to the transaction that brings them and are executed without gas", () => {
    const account = staking.getAccount(world.state, runtimeAddress(RUNTIME_ID));
    account.general.balance = 10n;
    staking.setAccount(world.state, runtimeAddress(RUNTIME_ID), account);
    const messages = [transferMessage(4n), transferMessage(7n)];
    expect(world.commit(...world.unanimous({ messages }))).toMatchObject({ outcome: "ok", gas: 122n });
    expect(world.balanceOf(user)).toBe(1000n);
    expect(world.endBlock()).toEqual(["transfer", "finalized"]);
    expect(world.balanceOf(user)).toBe(1004n);
    const [first, second] = getLastRoundResults(world.state, RUNTIME_ID).messages!;
    expect(first).toMatchObject({ module: "", code: 0, index: 0 });
    // A balance that is too small has no error of its own (consensus-a.md 4.1).
    expect(second).toEqual({ module: "unknown", code: 1, index: 1, result: CBOR_NULL });
  });

  test("that nobody handles", () => {
    const governance = { v: 0, cast_vote: { id: 1n, vote: 1 }, submit_proposal: null };
    world.commit(...world.unanimous({ messages: [{ staking: null, registry: null, governance }] }));
    world.endBlock();
    expect(getLastRoundResults(world.state, RUNTIME_ID).messages).toEqual([
      { module: "roothash", code: 1, index: 0, result: CBOR_NULL },
    ]);
  });
});

describe("messages to the ParaTime (consensus-b.md 4.6)", () => {
  function submit(fee: bigint, tokens: bigint, tag = 0n): string {
    const body = { id: RUNTIME_ID, tag, fee, tokens, data: null };
    return outcomeOf(() => submitMessage(world.context("deliverTx", user), body));
  }

  test("are paid for and queued", () => {
    expect(submit(4n, 0n)).toBe("roothash/12");
    expect(submit(5n, 2000n)).toBe("staking/3");
    expect(submit(5n, 10n)).toBe("ok");
    expect(submit(6n, 0n, 9n)).toBe("ok");
    expect(submit(5n, 0n)).toBe("roothash/11");
    expect([world.balanceOf(user), world.runtimeBalance]).toEqual([979n, 21n]);
    expect(getQueueMeta(world.state, RUNTIME_ID)).toEqual({ size: 2, next_sequence_number: 2n });
    expect(getIncomingMessages(world.state, RUNTIME_ID, 0n, 0)).toMatchObject([
      { id: 0n, caller: stakingAddress(user), fee: 5n, tokens: 10n },
      { id: 1n, tag: 9n, fee: 6n },
    ]);
  });

  test("are refused where there is no queue", () => {
    world.change((stored) => {
      stored.runtime.txn_scheduler.max_in_messages = 0;
    });
    expect(submit(5n, 0n)).toBe("roothash/11");
  });

  test("leave the queue with the round that takes them", () => {
    submit(5n, 0n);
    submit(5n, 0n, 9n);
    const taken = getIncomingMessages(world.state, RUNTIME_ID, 0n, 1);
    world.commit(...world.unanimous({ taken }));
    expect(world.endBlock()).toEqual(["in_msg_processed", "finalized"]);
    expect(getQueueMeta(world.state, RUNTIME_ID)).toEqual({ size: 1, next_sequence_number: 2n });
    expect(getIncomingMessages(world.state, RUNTIME_ID, 0n, 0).map(({ id }) => id)).toEqual([1n]);
  });

  test("a round that took others than it says fails, though it counts as one that was finalised", () => {
    submit(5n, 0n);
    const taken = getIncomingMessages(world.state, RUNTIME_ID, 0n, 1);
    world.commit(...world.unanimous({ taken, takenHash: EMPTY_HASH }));
    const first = world.ranked(0n);
    expect(world.endBlock()).toEqual(["finalized"]);
    const { last_block: last, liveness_stats: stats } = world.stored;
    expect(last.header.header_type).toBe(HEADER_ROUND_FAILED);
    expect(stats?.total_rounds).toBe(1n);
    expect([stats?.finalized_proposals?.[first], stats?.missed_proposals?.[first]]).toEqual([1n, 1n]);
    expect(getQueueMeta(world.state, RUNTIME_ID).size).toBe(1);
  });
});
