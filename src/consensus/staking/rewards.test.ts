import { beforeEach, describe, expect, test } from "vitest";
import { eventKinds, World } from "../../../test/consensus-world.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { addAttenuatedReward, addRewards } from "./rewards.ts";
import { slashEscrow } from "./slash-escrow.ts";
import { getAccount, getCommonPool, getDelegation, setAccount, setCommonPool } from "./state.ts";
import { transferFromCommon } from "./transfer-from-common.ts";

const entity = testSigner("entity").publicKey;
const address = stakingAddress(entity);
/** Rewards are this much per unit of stake, times the scale. */
const FACTOR = 1n;

let world: World;

beforeEach(() => {
  world = new World();
  world.setStakingParameters({
    reward_schedule: [
      { until: 20n, scale: 50_000_000n },
      { until: 30n, scale: 100_000_000n },
    ],
    commission_schedule_rules: {
      rate_change_interval: 1n,
      rate_bound_lead: 1n,
      max_rate_steps: 1,
      max_bound_steps: 1,
      min_commission_rate: 20_000n,
    },
  });
  world.fund(entity, 200n);
  setCommonPool(world.state, 1000n);
});

const active = () => getAccount(world.state, address).escrow.active;

describe("rewards", () => {
  test("raise the share price, except for the commission, which becomes the entity's own shares", () => {
    const ctx = world.context("endBlock");
    addRewards(ctx, 10n, FACTOR, [address]);
    // 200 · 1 · 0.5 = 100, of which 20% are commission at the new price: 20 · 200 / 280 shares.
    expect(active()).toEqual({ balance: 300n, total_shares: 214n });
    expect(getDelegation(world.state, address, address).shares).toBe(14n);
    expect(getCommonPool(world.state)).toBe(900n);
    expect(eventKinds(ctx)).toEqual(["add_escrow", "transfer", "add_escrow"]);
  });

  test.each([
    ["the first step", 19n, 800n + 100n],
    ["the second step", 20n, 800n],
    ["after the last", 30n, 1000n],
  ])("are scaled by %s of the schedule", (_, epoch, left) => {
    addRewards(world.context("endBlock"), epoch, FACTOR, [address]);
    expect(getCommonPool(world.state)).toBe(left);
  });

  test("that the common pool cannot pay are skipped, later ones are not", () => {
    const small = stakingAddress(testSigner("small").publicKey);
    world.fund(testSigner("small").publicKey, 20n);
    setCommonPool(world.state, 50n);
    addRewards(world.context("endBlock"), 10n, FACTOR, [address, small]);
    expect(active().balance).toBe(200n);
    expect(getAccount(world.state, small).escrow.active.balance).toBe(30n);
  });

  test("for proposers shrink with missing votes, rounding down twice", () => {
    const ctx = world.context("beginBlock");
    addAttenuatedReward(ctx, 10n, FACTOR, { numerator: 2n, denominator: 3n }, address);
    expect(getCommonPool(world.state)).toBe(1000n - 66n);
  });

  test("of nothing write nothing", () => {
    const ctx = world.context("beginBlock");
    addAttenuatedReward(ctx, 10n, 0n, { numerator: 1n, denominator: 1n }, address);
    expect(ctx.events).toEqual([]);
  });
});

describe("transfers from the common pool", () => {
  test("stop at what is there", () => {
    const ctx = world.context("endBlock");
    expect(transferFromCommon(ctx, address, 5000n, false)).toBe(true);
    expect(getAccount(world.state, address).general.balance).toBe(1000n);
    expect(transferFromCommon(ctx, address, 1n, false)).toBe(false);
  });

  test("into an escrow without shares are all commission", () => {
    const fresh = stakingAddress(testSigner("fresh").publicKey);
    const ctx = world.context("endBlock");
    transferFromCommon(ctx, fresh, 100n, true);
    expect(getAccount(world.state, fresh).escrow.active).toEqual({ balance: 100n, total_shares: 100n });
    expect(eventKinds(ctx)).toEqual(["transfer", "add_escrow"]);
  });

  test("into an escrow with shares are for everybody", () => {
    transferFromCommon(world.context("endBlock"), address, 100n, true);
    expect(active()).toEqual({ balance: 300n, total_shares: 214n });
  });
});

describe("slashing", () => {
  test("takes from both pools in proportion, rounding down, and leaves the shares", () => {
    const account = getAccount(world.state, address);
    account.escrow.debonding = { balance: 100n, total_shares: 50n };
    setAccount(world.state, address, account);
    const ctx = world.context("endBlock");
    expect(slashEscrow(ctx, address, 100n)).toBe(66n + 33n);
    expect(getAccount(world.state, address).escrow).toMatchObject({
      active: { balance: 134n, total_shares: 200n },
      debonding: { balance: 67n, total_shares: 50n },
    });
    expect(getCommonPool(world.state)).toBe(1099n);
    expect(eventKinds(ctx)).toEqual(["take_escrow"]);
  });

  test("takes no more than there is", () => {
    expect(slashEscrow(world.context("endBlock"), address, 10_000n)).toBe(200n);
    expect(active()).toEqual({ balance: 0n, total_shares: 200n });
  });

  test("of nothing says nothing", () => {
    const ctx = world.context("endBlock");
    expect(slashEscrow(ctx, address, 0n)).toBe(0n);
    expect(slashEscrow(ctx, stakingAddress(testSigner("nobody").publicKey), 100n)).toBe(0n);
    expect(ctx.events).toEqual([]);
  });
});
