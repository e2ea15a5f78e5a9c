import { beforeEach, describe, expect, test } from "vitest";
import { eventKinds, outcomeOf, World } from "../../../test/consensus-world.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { runtimeAddress } from "../../types/account-address.ts";
import {
  GOVERNANCE_CONSENSUS,
  GOVERNANCE_ENTITY,
  GOVERNANCE_RUNTIME,
  KIND_COMPUTE,
  Runtime,
} from "../../types/runtime.ts";
import { KIND_RUNTIME_COMPUTE } from "../../types/staking.ts";
import { getRuntimeState } from "../roothash/state.ts";
import * as staking from "../staking/state.ts";
import { registerRuntime } from "./register-runtime.ts";
import { getRuntime, getSuspendedRuntime, hasEntityRuntimes, suspendRuntime } from "./runtime-state.ts";
import { runtimeClaim } from "./stake-claims.ts";

const owner = testSigner("owner").publicKey;
const buyer = testSigner("buyer").publicKey;
const ID = new Uint8Array(32).fill(1, 8);

function descriptor(rest: Partial<Runtime> = {}): Runtime {
  return {
    ...Runtime.zero(),
    v: 3,
    id: ID,
    entity_id: owner,
    kind: KIND_COMPUTE,
    executor: { ...Runtime.zero().executor, group_size: 1, round_timeout: 5n, max_messages: 32 },
    txn_scheduler: {
      batch_flush_timeout: 1_000_000_000n,
      max_batch_size: 1n,
      max_batch_size_bytes: 1024n,
      max_in_messages: 8,
      propose_batch_timeout: 1_000_000_000n,
    },
    admission_policy: { any_node: {}, entity_whitelist: null, per_role: null },
    governance_model: GOVERNANCE_ENTITY,
    deployments: [
      { version: { major: 1, minor: 0, patch: 0 }, valid_from: 11n, tee: null, bundle_checksum: null },
    ],
    ...rest,
  };
}

let world: World;

beforeEach(() => {
  world = new World();
  world.setStakingParameters({ thresholds: new Map([[KIND_RUNTIME_COMPUTE, 50n]]) });
  world.setRoothashParameters({ max_runtime_messages: 32, max_in_runtime_messages: 8 });
  world.setRegistryParameters({
    gas_costs: new Map([["register_runtime", 1000n]]),
    enable_runtime_governance_models: new Map([
      [GOVERNANCE_ENTITY, true],
      [GOVERNANCE_RUNTIME, true],
      [GOVERNANCE_CONSENSUS, true],
    ]),
  });
  world.fund(owner, 50n);
  world.fund(buyer, 50n);
});

function register(runtime: Runtime, signer = owner) {
  const ctx = world.context("deliverTx", signer);
  return {
    outcome: outcomeOf(() => registerRuntime(ctx, runtime)),
    gas: ctx.gas.used,
    events: eventKinds(ctx),
  };
}

describe("a new ParaTime", () => {
  test("gets a claim, an owner, a first block and an event", () => {
    expect(register(descriptor())).toEqual({
      outcome: "ok",
      gas: 1000n,
      events: ["finalized", "runtime_started"],
    });
    expect(getRuntime(world.state, ID)).toEqual(descriptor());
    expect(hasEntityRuntimes(world.state, owner)).toBe(true);
    expect(world.claims(owner).get(runtimeClaim(ID))).toEqual([
      { global: KIND_RUNTIME_COMPUTE, const: null },
    ]);
    expect(getRuntimeState(world.state, ID)).toMatchObject({
      suspended: true,
      last_block_height: 100n,
      committee: null,
    });
  });

  test.each([
    ["of somebody else", descriptor(), buyer, "registry/12"],
    ["that governs itself", descriptor({ governance_model: GOVERNANCE_RUNTIME }), owner, "registry/16"],
    [
      "that the consensus layer governs",
      descriptor({ governance_model: GOVERNANCE_CONSENSUS }),
      owner,
      "registry/16",
    ],
    [
      "that sends too many messages",
      descriptor({ executor: { ...descriptor().executor, max_messages: 33 } }),
      owner,
      "roothash/7",
    ],
    [
      "that takes too many messages",
      descriptor({ txn_scheduler: { ...descriptor().txn_scheduler, max_in_messages: 9 } }),
      owner,
      "roothash/13",
    ],
  ] as [string, Runtime, Uint8Array, string][])("%s", (_, runtime, signer, expected) => {
    expect(register(runtime, signer)).toMatchObject({ outcome: expected, gas: 1000n, events: [] });
    expect(getRuntime(world.state, ID)).toBeNull();
    expect(getRuntimeState(world.state, ID)).toBeNull();
  });

  test("without stake", () => {
    world.fund(owner, -1n);
    expect(register(descriptor()).outcome).toBe("staking/4");
  });

  test("when registration is off, before gas", () => {
    world.setRegistryParameters({ disable_runtime_registration: true });
    expect(register(descriptor())).toMatchObject({ outcome: "registry/16", gas: 0n });
  });

  test("CheckTx verifies only, simulation only charges", () => {
    const check = world.context("checkTx", owner);
    registerRuntime(check, descriptor());
    const simulation = world.context("simulateTx", owner);
    registerRuntime(simulation, descriptor());
    expect([check.gas.used, simulation.gas.used]).toEqual([0n, 1000n]);
    expect(getRuntime(world.state, ID)).toBeNull();
    expect(outcomeOf(() => registerRuntime(check, descriptor({ v: 2 })))).toBe("registry/1");
  });
});

describe("an update", () => {
  beforeEach(() => {
    register(descriptor());
  });

  test("keeps the first block", () => {
    const before = getRuntimeState(world.state, ID);
    world.nextBlock();
    const changed = descriptor({ executor: { ...descriptor().executor, group_size: 2 } });
    expect(register(changed)).toMatchObject({ outcome: "ok", events: ["runtime_started"] });
    expect(getRuntime(world.state, ID)).toEqual(changed);
    // The descriptor that rounds work by changes with the committee only.
    expect(getRuntimeState(world.state, ID)).toEqual(before);
  });

  test("by somebody else", () => {
    expect(register(descriptor({ entity_id: buyer }), buyer).outcome).toBe("registry/12");
  });

  test("moves the claim and the index entry to a new owner", () => {
    expect(register(descriptor({ entity_id: buyer })).outcome).toBe("ok");
    expect(world.claims(owner).size).toBe(0);
    expect(world.claims(buyer).has(runtimeClaim(ID))).toBe(true);
    expect([owner, buyer].map((key) => hasEntityRuntimes(world.state, key))).toEqual([false, true]);
  });

  test("leaves the index entry of a former owner before 26.1", () => {
    world.facts.feature261 = false;
    world.nextBlock();
    expect(register(descriptor({ entity_id: buyer })).outcome).toBe("ok");
    expect([owner, buyer].map((key) => hasEntityRuntimes(world.state, key))).toEqual([true, true]);
  });

  test("moves the claim to the ParaTime's own account, which must have stake", () => {
    const own = descriptor({ governance_model: GOVERNANCE_RUNTIME });
    expect(register(own).outcome).toBe("staking/4");
    const account = staking.getAccount(world.state, runtimeAddress(ID));
    account.escrow.active = { balance: 50n, total_shares: 50n };
    staking.setAccount(world.state, runtimeAddress(ID), account);
    expect(register(own).outcome).toBe("ok");
    expect(world.claims(owner).size).toBe(0);
    // From now on only the ParaTime may change it, by a message.
    expect(register(own).outcome).toBe("registry/16");
    world.context("endBlock").asCaller(runtimeAddress(ID), (ctx) => {
      expect(outcomeOf(() => registerRuntime(ctx, own))).toBe("ok");
    });
  });

  test("of a suspended ParaTime leaves it suspended, without an event", () => {
    suspendRuntime(world.context("beginBlock"), ID);
    expect(register(descriptor())).toMatchObject({ outcome: "ok", events: [] });
    expect(getRuntime(world.state, ID)).toBeNull();
    expect(getSuspendedRuntime(world.state, ID)).toEqual(descriptor());
  });

  test("breaks the rules for deployments", () => {
    const [first] = descriptor().deployments!;
    const moved = descriptor({ deployments: [{ ...first!, valid_from: 10n }] });
    expect(register(moved)).toMatchObject({ outcome: "registry/18", gas: 1000n });
  });
});
