import { beforeEach, describe, expect, test } from "vitest";
import { eventKinds, eventsOf, outcomeOf, World } from "../../../test/consensus-world.ts";
import { toHex } from "../../codec/bytes.ts";
import { encode } from "../../codec/schema.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import {
  BURN_ADDRESS,
  COMMON_POOL_ADDRESS,
  runtimeAddress,
  stakingAddress,
} from "../../types/account-address.ts";
import { Account, HOOK_KIND_WITHDRAW, KIND_ENTITY, KIND_NODE_VALIDATOR } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { noGas } from "../gas.ts";
import { addEscrow } from "./add-escrow.ts";
import { allow } from "./allow.ts";
import { amendCommissionSchedule } from "./amend-commission-schedule.ts";
import { burn } from "./burn.ts";
import { endBlock } from "./end-block.ts";
import {
  allowanceChangeEvent,
  burnEvent,
  debondingStartEvent,
  reclaimEscrowEvent,
  transferEvent,
} from "./events.ts";
import { reclaimEscrow } from "./reclaim-escrow.ts";
import { executeRuntimeMessage } from "./runtime-message.ts";
import {
  getAccount,
  getCommissionScheduleAddresses,
  getDebondingDelegations,
  getDelegation,
  getDelegationsFor,
  getExpiredDebondingQueue,
  getTotalSupply,
  setAccount,
  setTotalSupply,
} from "./state.ts";
import { transfer } from "./transfer.ts";
import { withdraw } from "./withdraw.ts";

const [alice, bob] = ["alice", "bob"].map((name) => testSigner(name).publicKey) as [Uint8Array, Uint8Array];
const [aliceAddress, bobAddress] = [stakingAddress(alice), stakingAddress(bob)];
const stranger = stakingAddress(testSigner("stranger").publicKey);

let world: World;

beforeEach(() => {
  world = new World();
  world.setStakingParameters({
    gas_costs: new Map(
      [
        "transfer",
        "burn",
        "add_escrow",
        "reclaim_escrow",
        "amend_commission_schedule",
        "allow",
        "withdraw",
      ].map((op) => [op, 7n]),
    ),
    min_transfer: 10n,
    min_delegation: 20n,
    min_transact_balance: 5n,
    max_allowances: 2,
    debonding_interval: 3n,
    thresholds: new Map([
      [KIND_ENTITY, 30n],
      [KIND_NODE_VALIDATOR, 20n],
    ]),
  });
  setTotalSupply(world.state, 10_000n);
  world.fund(alice, 0n, 1000n);
  world.fund(bob, 0n, 1000n);
});

const account = (address: Uint8Array) => getAccount(world.state, address);
const balance = (address: Uint8Array) => account(address).general.balance;

/** Runs a method as alice; outcome and context. */
function run(work: (ctx: Context) => void): { outcome: string; ctx: Context } {
  const ctx = world.context("deliverTx", alice);
  return { outcome: outcomeOf(() => work(ctx)), ctx };
}

describe("transfer", () => {
  test("moves tokens", () => {
    const { ctx } = run((c) => transfer(c, { to: bobAddress, amount: 100n }));
    expect([balance(aliceAddress), balance(bobAddress)]).toEqual([900n, 1100n]);
    expect(eventsOf(ctx, transferEvent)).toEqual([{ from: aliceAddress, to: bobAddress, amount: 100n }]);
    expect(ctx.gas.used).toBe(7n);
  });

  test("to the burn address destroys tokens", () => {
    const { ctx } = run((c) => transfer(c, { to: BURN_ADDRESS, amount: 100n }));
    expect([balance(aliceAddress), getTotalSupply(world.state)]).toEqual([900n, 9900n]);
    expect(eventKinds(ctx)).toEqual(["burn", "transfer"]);
  });

  test("to oneself only needs the balance", () => {
    expect(run((c) => transfer(c, { to: aliceAddress, amount: 1000n })).outcome).toBe("ok");
    expect(run((c) => transfer(c, { to: aliceAddress, amount: 1001n })).outcome).toBe("staking/3");
    expect(balance(aliceAddress)).toBe(1000n);
  });

  test.each([
    ["less than the minimum", bobAddress, 9n, "staking/9"],
    ["more than the balance", bobAddress, 1001n, "unknown/1"],
    ["leaving less than the minimum balance", bobAddress, 996n, "staking/10"],
    ["to a reserved address", COMMON_POOL_ADDRESS, 100n, "unknown/1"],
    ["burning less than the minimum", BURN_ADDRESS, 9n, "staking/9"],
    ["burning too much", BURN_ADDRESS, 1001n, "unknown/1"],
  ])("%s", (_, to, amount, expected) => {
    expect(run((c) => transfer(c, { to, amount })).outcome).toBe(expected);
    expect(balance(aliceAddress)).toBe(1000n);
  });

  test("an account that would end below the minimum balance cannot be paid", () => {
    world.setStakingParameters({ min_transact_balance: 50n });
    expect(run((c) => transfer(c, { to: stranger, amount: 49n })).outcome).toBe("staking/10");
    expect(run((c) => transfer(c, { to: stranger, amount: 50n })).outcome).toBe("ok");
  });

  test("is only for those who are allowed while transfers are disabled", () => {
    world.setStakingParameters({ disable_transfers: true });
    expect(run((c) => transfer(c, { to: bobAddress, amount: 100n })).outcome).toBe("staking/5");
    world.setStakingParameters({ undisable_transfers_from: new Map([[toHex(aliceAddress), true]]) });
    expect(run((c) => transfer(c, { to: bobAddress, amount: 100n })).outcome).toBe("ok");
  });

  test.each(["checkTx", "simulateTx"] as const)("does nothing in %s", (mode) => {
    const ctx = world.context(mode, alice);
    expect(transfer(ctx, { to: bobAddress, amount: 10n ** 9n })).toBeNull();
    expect(ctx.gas.used).toBe(mode === "simulateTx" ? 7n : 0n);
  });
});

describe("burn", () => {
  test("destroys tokens", () => {
    const { ctx } = run((c) => burn(c, { amount: 100n }));
    expect([balance(aliceAddress), getTotalSupply(world.state)]).toEqual([900n, 9900n]);
    expect(eventsOf(ctx, burnEvent)).toEqual([{ owner: aliceAddress, amount: 100n }]);
  });

  test.each([
    [9n, "staking/9"],
    [1001n, "unknown/1"],
    [996n, "staking/10"],
  ])("of %i", (amount, expected) => {
    expect(run((c) => burn(c, { amount })).outcome).toBe(expected);
  });
});

describe("escrow", () => {
  const escrow = (amount: bigint, to = bobAddress) =>
    run((c) => addEscrow(c, { account: to, amount }, false));
  const reclaim = (shares: bigint, from = bobAddress) =>
    run((c) => reclaimEscrow(c, { account: from, shares }, false));

  test("is delegated, debonds, and comes back when the debonding period is over", () => {
    escrow(300n);
    expect(account(bobAddress).escrow.active).toEqual({ balance: 300n, total_shares: 300n });
    const { ctx } = reclaim(100n);
    expect(eventsOf(ctx, debondingStartEvent)).toMatchObject([
      { amount: 100n, active_shares: 100n, debonding_shares: 100n, debond_end_time: 13n },
    ]);
    reclaim(50n);
    expect(getDebondingDelegations(world.state)).toMatchObject([
      { delegation: { shares: 150n, debond_end: 13n } },
    ]);
    expect(getDelegation(world.state, aliceAddress, bobAddress).shares).toBe(150n);

    world.nextBlock(12n);
    endBlock(world.context("endBlock"));
    expect(balance(aliceAddress)).toBe(700n);
    world.nextBlock(13n);
    const end = world.context("endBlock");
    endBlock(end);
    expect(eventsOf(end, reclaimEscrowEvent)).toMatchObject([
      { owner: aliceAddress, amount: 150n, shares: 150n },
    ]);
    expect(balance(aliceAddress)).toBe(850n);
    expect(getExpiredDebondingQueue(world.state, 1000n)).toEqual([]);
    expect(account(bobAddress).escrow.debonding).toEqual({ balance: 0n, total_shares: 0n });
  });

  test("of one's own account keeps one copy of it", () => {
    escrow(300n, aliceAddress);
    expect(account(aliceAddress)).toMatchObject({
      general: { balance: 700n },
      escrow: { active: { balance: 300n, total_shares: 300n } },
    });
    reclaim(300n, aliceAddress);
    expect(getDelegationsFor(world.state, aliceAddress)).toEqual([]);
    world.nextBlock(13n);
    endBlock(world.context("endBlock"));
    expect(account(aliceAddress)).toMatchObject({
      general: { balance: 1000n },
      escrow: { active: { balance: 0n }, debonding: { balance: 0n } },
    });
  });

  test.each([
    ["less than the minimum", () => escrow(19n), "staking/8"],
    ["more than the balance", () => escrow(1001n), "unknown/1"],
    ["leaving less than the minimum balance", () => escrow(996n), "staking/10"],
    ["nothing to reclaim", () => reclaim(0n), "staking/1"],
    ["more than delegated", () => reclaim(1n), "unknown/1"],
  ])("%s", (_, attempt, expected) => {
    expect(attempt().outcome).toBe(expected);
  });

  test("of others is refused while delegation is disabled", () => {
    world.setStakingParameters({ disable_delegation: true });
    expect(escrow(100n).outcome).toBe("staking/5");
    expect(reclaim(100n).outcome).toBe("staking/5");
    expect(escrow(100n, aliceAddress).outcome).toBe("ok");
  });
});

describe("commission schedule", () => {
  const amendment = {
    rates: [{ start: 20n, rate: 5n }],
    bounds: [{ start: 20n, rate_min: 0n, rate_max: 10n }],
  };
  beforeEach(() => {
    world.setStakingParameters({
      commission_schedule_rules: {
        rate_change_interval: 10n,
        rate_bound_lead: 5n,
        max_rate_steps: 2,
        max_bound_steps: 2,
        min_commission_rate: 0n,
      },
    });
  });

  test("needs the stake of an entity with a validator", () => {
    world.fund(alice, 49n);
    expect(run((c) => amendCommissionSchedule(c, { amendment })).outcome).toBe("staking/4");
    world.fund(alice, 1n);
    expect(run((c) => amendCommissionSchedule(c, { amendment })).outcome).toBe("ok");
    expect(account(aliceAddress).escrow.commission_schedule).toEqual(amendment);
    expect(getCommissionScheduleAddresses(world.state)).toEqual([aliceAddress]);
  });

  test("that breaks a rule is an uncoded failure", () => {
    world.fund(alice, 50n);
    const late = { ...amendment, rates: [{ start: 10n, rate: 5n }] };
    expect(run((c) => amendCommissionSchedule(c, { amendment: late })).outcome).toBe("unknown/1");
  });
});

describe("allowances", () => {
  const change = (amount: bigint, negative = false, beneficiary = bobAddress) =>
    run((c) => allow(c, { beneficiary, negative, amount_change: amount }));

  test("add up, and go down to zero at most", () => {
    change(100n);
    change(50n);
    const { ctx } = change(200n, true);
    expect(eventsOf(ctx, allowanceChangeEvent)).toEqual([
      { owner: aliceAddress, beneficiary: bobAddress, allowance: 0n, negative: true, amount_change: 150n },
    ]);
    expect(account(aliceAddress).general.allowances?.size ?? 0).toBe(0);
  });

  test.each([
    ["oneself", () => change(1n, false, aliceAddress), "staking/1"],
    ["a reserved address", () => change(1n, false, COMMON_POOL_ADDRESS), "staking/5"],
    ["more than the supply", () => change(10_001n), "staking/11"],
  ])("for %s", (_, attempt, expected) => {
    expect(attempt().outcome).toBe(expected);
  });

  test("are limited in number", () => {
    for (const n of [1, 2]) change(1n, false, stakingAddress(testSigner(`beneficiary ${n}`).publicKey));
    expect(change(1n).outcome).toBe("staking/7");
    world.setStakingParameters({ max_allowances: 0 });
    expect(change(1n).outcome).toBe("staking/5");
  });
});

describe("withdraw", () => {
  const take = (amount: bigint) => run((c) => withdraw(c, { from: bobAddress, amount }));
  const allowed = (amount: bigint) => {
    const bobs = account(bobAddress);
    bobs.general.allowances = new Map([[toHex(aliceAddress), amount]]);
    setAccount(world.state, bobAddress, bobs);
  };

  test("uses the allowance up", () => {
    allowed(100n);
    const { ctx } = take(60n);
    expect([balance(aliceAddress), balance(bobAddress)]).toEqual([1060n, 940n]);
    expect(eventKinds(ctx)).toEqual(["transfer", "allowance_change"]);
    expect(take(41n).outcome).toBe("staking/5");
    take(40n);
    expect(account(bobAddress).general.allowances?.size ?? 0).toBe(0);
  });

  test("without allowance, from oneself, below the minimum", () => {
    expect(take(10n).outcome).toBe("staking/5");
    expect(take(9n).outcome).toBe("staking/9");
    expect(run((c) => withdraw(c, { from: aliceAddress, amount: 10n })).outcome).toBe("staking/1");
  });

  test("beyond the balance, or leaving too little", () => {
    allowed(5000n);
    expect(take(1001n).outcome).toBe("staking/3");
    expect(take(996n).outcome).toBe("staking/10");
  });

  test("a hook that no service knows refuses", () => {
    const bobs = account(bobAddress);
    bobs.general.hooks = new Map([[HOOK_KIND_WITHDRAW, { module: "nobody" }]]);
    setAccount(world.state, bobAddress, bobs);
    expect(take(100n).outcome).toBe("staking/5");
  });
});

describe("messages of ParaTimes", () => {
  const runtime = runtimeAddress(new Uint8Array(32).fill(7));
  const nothing = { v: 0, transfer: null, withdraw: null, add_escrow: null, reclaim_escrow: null };
  const execute = (message: Partial<typeof nothing> & object) =>
    outcomeOf(() =>
      world.context("endBlock").asCaller(runtime, (ctx) => {
        ctx.setGas(noGas);
        executeRuntimeMessage(ctx, { ...nothing, ...message } as Parameters<typeof executeRuntimeMessage>[1]);
      }),
    );

  test("act on the ParaTime's own account", () => {
    const own = Account.zero();
    own.general.balance = 100n;
    setAccount(world.state, runtime, own);
    expect(execute({ transfer: { to: bobAddress, amount: 50n } } as object)).toBe("ok");
    expect([balance(runtime), balance(bobAddress)]).toEqual([50n, 1050n]);
  });

  test("may escrow only where parameters allow it", () => {
    expect(execute({ add_escrow: { account: bobAddress, amount: 50n } } as object)).toBe("staking/5");
    expect(execute({ reclaim_escrow: { account: bobAddress, shares: 50n } } as object)).toBe("staking/5");
    world.setStakingParameters({ allow_escrow_messages: true });
    expect(execute({ add_escrow: { account: bobAddress, amount: 50n } } as object)).toBe("unknown/1");
  });

  test("without any member are refused", () => {
    expect(execute({})).toBe("staking/1");
  });
});

describe("stored forms", () => {
  // consensus-a.md section 2.
  test("of accounts", () => {
    const known = Account.zero();
    expect(toHex(encode(Account, known))).toBe("a0");
    known.general.balance = 100n;
    known.general.nonce = 1n;
    expect(toHex(encode(Account, known))).toBe("a16767656e6572616ca2656e6f6e6365016762616c616e63654164");
    const claimed = Account.zero();
    claimed.escrow.stake_accumulator.claims = new Map([
      ["registry.RegisterEntity", [{ global: KIND_ENTITY, const: null }]],
    ]);
    expect(toHex(encode(Account, claimed))).toBe(
      "a166657363726f77a1717374616b655f616363756d756c61746f72a166636c61696d73a17772656769737472792e5265676973746572456e7469747981a166676c6f62616c00",
    );
  });

  test("an empty account is there once it was written", () => {
    setAccount(world.state, stranger, Account.zero());
    expect(world.state.get(Uint8Array.of(0x50, ...stranger))).toEqual(Uint8Array.of(0xa0));
  });
});
