import { beforeEach, describe, expect, test } from "vitest";
import { RoundWorld, RUNTIME_ID, runtime, user } from "../../../test/consensus-round.ts";
import { eventKinds, outcomeOf } from "../../../test/consensus-world.ts";
import { toHex, utf8 } from "../../codec/bytes.ts";
import { encode } from "../../codec/schema.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { ConsensusParameterChanges } from "../../types/roothash.ts";
import { HEADER_NORMAL, HEADER_SUSPENDED } from "../../types/roothash-block.ts";
import { changeParameters } from "./change-parameters.ts";
import { createRuntimeState } from "./new-runtime.ts";
import {
  queryGenesis,
  queryGenesisBlock,
  queryIncomingMessageQueue,
  queryIncomingMessageQueueMeta,
  queryLastRoundResults,
  queryLatestBlock,
  queryPastRoundRoots,
  queryRoundRoots,
  queryRuntimeState,
} from "./query.ts";
import { getParameters } from "./state.ts";
import { submitMessage } from "./submit-message.ts";

const UNKNOWN = new Uint8Array(32).fill(2, 8);

let world: RoundWorld;

beforeEach(() => {
  world = new RoundWorld();
});

test("blocks and state of a ParaTime", () => {
  expect(queryGenesisBlock(world.state, RUNTIME_ID).header.round).toBe(0n);
  expect(queryLatestBlock(world.state, RUNTIME_ID).header.round).toBe(1n);
  expect(queryRuntimeState(world.state, RUNTIME_ID)).toEqual(world.stored);
});

test("an unknown ParaTime has a code where there is no empty answer", () => {
  const codes = [queryGenesisBlock, queryLatestBlock, queryRuntimeState].map((query) =>
    outcomeOf(() => query(world.state, UNKNOWN)),
  );
  expect(codes).toEqual(["roothash/3", "roothash/3", "roothash/3"]);
  expect(queryLastRoundResults(world.state, UNKNOWN)).toEqual({
    messages: null,
    good_compute_entities: null,
    bad_compute_entities: null,
  });
  expect(queryRoundRoots(world.state, UNKNOWN, 0n)).toBeNull();
  expect(queryPastRoundRoots(world.state, UNKNOWN)).toEqual(new Map());
  expect(queryIncomingMessageQueueMeta(world.state, UNKNOWN)).toEqual({ size: 0, next_sequence_number: 0n });
  expect(queryIncomingMessageQueue(world.state, UNKNOWN, 0n, 0)).toBeNull();
});

test("queue of incoming messages", () => {
  const body = { id: RUNTIME_ID, tag: 0n, fee: 5n, tokens: 0n, data: null };
  submitMessage(world.context("deliverTx", user), body);
  submitMessage(world.context("deliverTx", user), body);
  expect(queryIncomingMessageQueue(world.state, RUNTIME_ID, 1n, 0)).toMatchObject([{ id: 1n }]);
});

test("a genesis document goes on from the last block", () => {
  const { runtime_states: states } = queryGenesis(world.state);
  const { round, state_root } = world.stored.last_block.header;
  expect(states).toEqual(new Map([[toHex(RUNTIME_ID), { round, state_root, message_results: null }]]));
});

describe("a ParaTime of a genesis document", () => {
  const state = { round: 7n, state_root: sha512_256(utf8("state")), message_results: null };

  function create(suspended: boolean, restored: typeof state | null) {
    const ctx = world.context("initChain");
    createRuntimeState(ctx, { ...runtime, id: UNKNOWN }, { suspended, state: restored });
    expect(eventKinds(ctx)).toEqual(["finalized"]);
    return queryRuntimeState(world.state, UNKNOWN);
  }

  test("goes on from its restored state", () => {
    const { last_block: last, suspended, last_normal_round: normal } = create(false, state);
    expect(last?.header).toMatchObject({
      round: 7n,
      state_root: state.state_root,
      header_type: HEADER_NORMAL,
    });
    expect([suspended, normal]).toEqual([true, 7n]);
  });

  test("shows that it was suspended", () => {
    expect(create(true, state).last_block?.header.header_type).toBe(HEADER_SUSPENDED);
  });

  test("starts from its descriptor otherwise", () => {
    expect(create(true, null).last_block?.header).toMatchObject({ round: 0n, header_type: HEADER_NORMAL });
  });
});

describe("parameter changes by governance (consensus-b.md 4.10)", () => {
  function change(changes: Partial<ConsensusParameterChanges>, apply = true): string {
    const body = encode(ConsensusParameterChanges, { ...ConsensusParameterChanges.zero(), ...changes });
    const proposal = { module: "roothash", changes: body };
    return outcomeOf(() => changeParameters(world.context("endBlock"), proposal, apply));
  }

  test("a shorter window of past roots takes effect at once", () => {
    world.setRoothashParameters({ max_past_roots_stored: 10n });
    for (let round = 2n; round <= 5n; round++) {
      world.change((stored) => {
        stored.last_block.header.round = round;
      });
    }
    expect(change({ max_past_roots_stored: 2n }, false)).toBe("ok");
    expect(queryPastRoundRoots(world.state, RUNTIME_ID).size).toBe(4);
    expect(change({ max_past_roots_stored: 2n })).toBe("ok");
    expect([...queryPastRoundRoots(world.state, RUNTIME_ID).keys()]).toEqual([4n, 5n]);
  });

  test("are refused when empty or with debug parameters on", () => {
    expect(change({})).toBe("unknown/1");
    expect(change({ max_runtime_messages: 9 })).toBe("ok");
    expect(getParameters(world.state).max_runtime_messages).toBe(9);
    world.setRoothashParameters({ debug_bypass_stake: true });
    expect(change({ max_runtime_messages: 10 })).toBe("unknown/1");
  });

  test("for another module are somebody else's", () => {
    expect(
      changeParameters(world.context("endBlock"), { module: "registry", changes: null }, true),
    ).toBeNull();
  });
});
