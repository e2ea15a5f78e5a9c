import { stakingErrors } from "../../types/errors.ts";
import type { SharePool } from "../../types/staking.ts";
import { TxError } from "../errors.ts";

/**
 * Arithmetic of escrow pools. All divisions round down. Balances are changed in place; when a function throws, what
 * it changed must not be stored. consensus-a.md 4.2; oasis-core v26.1 go/staking/api/api.go SharePool.
 */

/** Shares that a deposit of `amount` buys. @throws staking/1 when slashing left shares without a balance */
export function sharesForStake(pool: Readonly<SharePool>, amount: bigint): bigint {
  if (pool.total_shares === 0n) {
    return amount;
  }
  if (pool.balance === 0n) {
    throw stakingErrors.invalidArgument();
  }
  return (amount * pool.total_shares) / pool.balance;
}

/** Base units that `shares` are worth. */
export function stakeForShares(pool: Readonly<SharePool>, shares: bigint): bigint {
  if (shares === 0n || pool.balance === 0n || pool.total_shares === 0n) {
    return 0n;
  }
  return (shares * pool.balance) / pool.total_shares;
}

/**
 * Puts `amount` of what a source holds into the pool.
 * @returns the new shares
 * @throws TxError when the source holds less
 */
export function deposit(pool: SharePool, available: bigint, amount: bigint): bigint {
  const shares = sharesForStake(pool, amount);
  if (available < amount) {
    throw new TxError("insufficient balance");
  }
  pool.balance += amount;
  pool.total_shares += shares;
  return shares;
}

/**
 * Takes `shares` of what a holder has out of the pool.
 * @returns the base units they were worth
 * @throws TxError when the holder has fewer
 */
export function withdraw(pool: SharePool, held: bigint, shares: bigint): bigint {
  const amount = stakeForShares(pool, shares);
  if (held < shares || pool.total_shares < shares) {
    throw new TxError("insufficient balance");
  }
  pool.total_shares -= shares;
  pool.balance -= amount;
  return amount;
}
