import type { Address } from "../../codec/common-types.ts";
import { COMMON_POOL_ADDRESS } from "../../types/account-address.ts";
import type { Account, RewardStep } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { COMMISSION_RATE_DENOMINATOR, currentRate } from "./commission-schedule.ts";
import { addEscrowEvent, transferEvent } from "./events.ts";
import { deposit } from "./share-pool.ts";
import {
  getAccount,
  getCommonPool,
  getDelegation,
  getParameters,
  setAccount,
  setCommonPool,
  setDelegation,
} from "./state.ts";

/** Reward factors and scales multiply to numerators over this. */
const REWARD_AMOUNT_DENOMINATOR = 100_000_000n;

/**
 * Pays rewards from the common pool into the active escrow of accounts, in the given order.
 *
 * A reward that the pool cannot pay is skipped. The pool is written even if nothing was paid.
 * consensus-a.md 4.5; oasis-core v26.1 go/consensus/cometbft/apps/staking/state/state.go AddRewards.
 */
export function addRewards(ctx: Context, epoch: bigint, factor: bigint, addresses: readonly Address[]): void {
  const scale = activeScale(getParameters(ctx.state).reward_schedule, epoch);
  if (scale === null) {
    return;
  }
  let pool = getCommonPool(ctx.state);
  for (const address of addresses) {
    const account = getAccount(ctx.state, address);
    const reward = (account.escrow.active.balance * factor * scale) / REWARD_AMOUNT_DENOMINATOR;
    if (reward !== 0n && reward <= pool) {
      pool -= reward;
      payReward(ctx, address, account, epoch, reward);
    }
  }
  setCommonPool(ctx.state, pool);
}

/**
 * Pays one reward, scaled down by a fraction. Nothing is written when nothing is paid.
 * @throws RangeError when `denominator` is 0, which no block after the first can cause
 */
export function addAttenuatedReward(
  ctx: Context,
  epoch: bigint,
  factor: bigint,
  fraction: { numerator: bigint; denominator: bigint },
  address: Address,
): void {
  const scale = activeScale(getParameters(ctx.state).reward_schedule, epoch);
  if (scale === null) {
    return;
  }
  const pool = getCommonPool(ctx.state);
  const account = getAccount(ctx.state, address);
  const full =
    (account.escrow.active.balance * factor * scale * fraction.numerator) / REWARD_AMOUNT_DENOMINATOR;
  const reward = full / fraction.denominator;
  if (reward !== 0n && reward <= pool) {
    payReward(ctx, address, account, epoch, reward);
    setCommonPool(ctx.state, pool - reward);
  }
}

/** Splits an amount into the commission at an epoch and what is left for all delegators. */
export function splitCommission(
  ctx: Context,
  account: Readonly<Account>,
  epoch: bigint,
  amount: bigint,
): { commission: bigint; remaining: bigint } {
  const rate =
    currentRate(account.escrow.commission_schedule, epoch) ??
    getParameters(ctx.state).commission_schedule_rules.min_commission_rate;
  const commission = (amount * rate) / COMMISSION_RATE_DENOMINATOR;
  if (commission > amount) {
    throw new RangeError(`commission rate ${rate} is over unity`);
  }
  return { commission, remaining: amount - commission };
}

/** Scale of the first step that has not ended; null after the last. */
function activeScale(schedule: readonly RewardStep[] | null, epoch: bigint): bigint | null {
  return schedule?.find((step) => epoch < step.until)?.scale ?? null;
}

/** Raises the share price by the reward without commission, then deposits the commission as self-delegation. */
function payReward(ctx: Context, address: Address, account: Account, epoch: bigint, reward: bigint): void {
  const { commission, remaining } = splitCommission(ctx, account, epoch, reward);
  const pool = account.escrow.active;
  if (remaining !== 0n) {
    pool.balance += remaining;
    ctx.emit(addEscrowEvent, {
      owner: COMMON_POOL_ADDRESS,
      escrow: address,
      amount: remaining,
      new_shares: 0n,
    });
  }
  if (commission !== 0n) {
    depositCommission(ctx, address, account, commission);
  }
  setAccount(ctx.state, address, account);
}

/** Deposits commission from the common pool for the account itself; the caller stores account and common pool. */
export function depositCommission(
  ctx: Context,
  address: Address,
  account: Account,
  commission: bigint,
): void {
  const delegation = getDelegation(ctx.state, address, address);
  const shares = deposit(account.escrow.active, commission, commission);
  setDelegation(ctx.state, address, address, { shares: delegation.shares + shares });
  ctx.emit(transferEvent, { from: COMMON_POOL_ADDRESS, to: address, amount: commission });
  ctx.emit(addEscrowEvent, { owner: address, escrow: address, amount: commission, new_shares: shares });
}
