import { stakingErrors } from "../../types/errors.ts";
import type { EscrowAccount, StakeThreshold } from "../../types/staking.ts";
import { InvariantError, TxError } from "../errors.ts";

/** Global thresholds by kind, a staking parameter; a kind that is not listed needs nothing. */
export type Thresholds = ReadonlyMap<number, bigint> | null;

/** Pure arithmetic of stake claims on one escrow account. consensus-a.md 4.8. */

/** @throws staking/4 when the active balance does not cover all claims */
export function checkClaims(escrow: Readonly<EscrowAccount>, thresholds: Thresholds): void {
  if (escrow.active.balance < totalClaims(escrow, thresholds, null)) {
    throw stakingErrors.insufficientStake();
  }
}

/** Adds or replaces a claim. @throws staking/4 when the balance would not cover all claims; nothing changes then */
export function addClaim(
  escrow: EscrowAccount,
  thresholds: Thresholds,
  claim: string,
  needed: StakeThreshold[] | null,
): void {
  const total = totalClaims(escrow, thresholds, claim) + sum(needed, thresholds);
  if (escrow.active.balance < total) {
    throw stakingErrors.insufficientStake();
  }
  escrow.stake_accumulator.claims ??= new Map();
  escrow.stake_accumulator.claims.set(claim, needed);
}

/** @throws TxError when there is no such claim */
export function removeClaim(escrow: EscrowAccount, claim: string): void {
  if (escrow.stake_accumulator.claims?.delete(claim) !== true) {
    throw new TxError(`stake claim does not exist: ${claim}`);
  }
}

/** Stake that the claims of an escrow account need together. @param except a claim that does not count */
export function totalClaims(
  escrow: Readonly<EscrowAccount>,
  thresholds: Thresholds,
  except: string | null,
): bigint {
  let total = 0n;
  for (const [claim, needed] of escrow.stake_accumulator.claims ?? []) {
    if (claim !== except) {
      total += sum(needed, thresholds);
    }
  }
  return total;
}

function sum(needed: readonly StakeThreshold[] | null, thresholds: Thresholds): bigint {
  return (needed ?? []).reduce((total, threshold) => total + amountOf(threshold, thresholds), 0n);
}

function amountOf(threshold: StakeThreshold, thresholds: Thresholds): bigint {
  if (threshold.global !== null) {
    return thresholds?.get(threshold.global) ?? 0n;
  }
  if (threshold.const !== null) {
    return threshold.const;
  }
  throw new InvariantError("stake threshold without a value");
}
