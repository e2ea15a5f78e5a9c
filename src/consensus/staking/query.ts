import { equal, toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import {
  COMMON_POOL_ADDRESS,
  FEE_ACCUMULATOR_ADDRESS,
  GOVERNANCE_DEPOSITS_ADDRESS,
} from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import {
  Account,
  type DebondingDelegation,
  type DebondingDelegationInfo,
  type Delegation,
  type DelegationInfo,
  type Genesis,
} from "../../types/staking.ts";
import {
  type Debonding,
  type Delegating,
  getAccount,
  getAddresses,
  getCommissionScheduleAddresses,
  getCommonPool,
  getDebondingDelegations,
  getDebondingDelegationsFor,
  getDelegations,
  getDelegationsFor,
  getDelegationsTo,
  getGovernanceDeposits,
  getLastBlockFees,
  getParameters,
  getTotalSupply,
} from "./state.ts";

// Queries of the API over the state of one height (facts/api.md 2.7). Maps are keyed by addresses in hex; an empty list
// is null, which is how it goes over the wire.

/** @throws CodedError staking/6 for a kind that has no threshold */
export function queryThreshold(state: ReadonlyTree, kind: number): bigint {
  const threshold = getParameters(state).thresholds?.get(kind);
  if (threshold === undefined) {
    throw stakingErrors.invalidThreshold();
  }
  return threshold;
}

/** All accounts in the ledger. */
export function queryAddresses(state: ReadonlyTree): Address[] | null {
  return nullIfEmpty(getAddresses(state));
}

/** Accounts with a commission schedule. */
export function queryCommissionScheduleAddresses(state: ReadonlyTree): Address[] | null {
  return nullIfEmpty(getCommissionScheduleAddresses(state));
}

/**
 * An account; the zero account when unknown. The pools behind the common pool, the fee accumulator and the governance
 * deposits look like accounts.
 * @throws TxError for the other reserved addresses
 */
export function queryAccount(state: ReadonlyTree, owner: Address): Account {
  if (equal(owner, COMMON_POOL_ADDRESS)) {
    return accountWith(getCommonPool(state));
  }
  if (equal(owner, FEE_ACCUMULATOR_ADDRESS)) {
    return accountWith(getLastBlockFees(state));
  }
  if (equal(owner, GOVERNANCE_DEPOSITS_ADDRESS)) {
    return accountWith(getGovernanceDeposits(state));
  }
  return getAccount(state, owner);
}

/** What a beneficiary may withdraw; 0 when nothing. */
export function queryAllowance(state: ReadonlyTree, owner: Address, beneficiary: Address): bigint {
  return queryAccount(state, owner).general.allowances?.get(toHex(beneficiary)) ?? 0n;
}

/** Delegations made by an account, by escrow account. */
export function queryDelegationsFor(state: ReadonlyTree, delegator: Address): Map<string, Delegation> {
  return new Map(
    getDelegationsFor(state, delegator).map(({ escrow, delegation }) => [toHex(escrow), delegation]),
  );
}

/** Delegations made to an account, by delegator. */
export function queryDelegationsTo(state: ReadonlyTree, escrow: Address): Map<string, Delegation> {
  return new Map(
    getDelegationsTo(state, escrow).map(({ delegator, delegation }) => [toHex(delegator), delegation]),
  );
}

/** Delegations made by an account with the pools they are in, by escrow account. */
export function queryDelegationInfosFor(
  state: ReadonlyTree,
  delegator: Address,
): Map<string, DelegationInfo> {
  return new Map(
    getDelegationsFor(state, delegator).map(({ escrow, delegation }) => [
      toHex(escrow),
      { ...delegation, pool: getAccount(state, escrow).escrow.active },
    ]),
  );
}

/** Debonding delegations of an account, by escrow account. */
export function queryDebondingDelegationsFor(
  state: ReadonlyTree,
  delegator: Address,
): Map<string, DebondingDelegation[]> {
  return group(getDebondingDelegationsFor(state, delegator), "escrow", ({ delegation }) => delegation);
}

/** Shares that debond from an account, by delegator. Reads all debonding delegations there are. */
export function queryDebondingDelegationsTo(
  state: ReadonlyTree,
  escrow: Address,
): Map<string, DebondingDelegation[]> {
  const entries = getDebondingDelegations(state).filter((entry) => equal(entry.escrow, escrow));
  return group(entries, "delegator", ({ delegation }) => delegation);
}

/** Debonding delegations of an account with the pools they are in, by escrow account. */
export function queryDebondingDelegationInfosFor(
  state: ReadonlyTree,
  delegator: Address,
): Map<string, DebondingDelegationInfo[]> {
  return group(getDebondingDelegationsFor(state, delegator), "escrow", ({ escrow, delegation }) => ({
    ...delegation,
    pool: getAccount(state, escrow).escrow.debonding,
  }));
}

/** Ticker of the token; networks of earlier releases have it only in their genesis document. */
export function queryTokenSymbol(state: ReadonlyTree, genesis: Readonly<Genesis>): string {
  return getParameters(state).token_symbol || genesis.token_symbol;
}

/** Base-10 exponent of a token in base units; networks of earlier releases have it only in their genesis document. */
export function queryTokenValueExponent(state: ReadonlyTree, genesis: Readonly<Genesis>): number {
  return getParameters(state).token_value_exponent || genesis.token_value_exponent;
}

/**
 * The staking part of a genesis document that continues from this state. Stake claims are made anew from it.
 * @param genesis staking part of the network's own genesis document
 */
export function queryGenesis(state: ReadonlyTree, genesis: Readonly<Genesis>): Genesis {
  const accounts = getAddresses(state).map((address): [string, Account] => {
    const account = getAccount(state, address);
    account.escrow.stake_accumulator = { claims: null };
    return [toHex(address), account];
  });
  return {
    params: getParameters(state),
    token_symbol: queryTokenSymbol(state, genesis),
    token_value_exponent: queryTokenValueExponent(state, genesis),
    total_supply: getTotalSupply(state),
    common_pool: getCommonPool(state),
    last_block_fees: getLastBlockFees(state),
    governance_deposits: getGovernanceDeposits(state),
    ledger: new Map(accounts),
    delegations: delegationsByEscrow(getDelegations(state)),
    debonding_delegations: debondingByEscrow(getDebondingDelegations(state)),
  };
}

function delegationsByEscrow(all: readonly Delegating[]): Map<string, Map<string, Delegation>> {
  const byEscrow = new Map<string, Map<string, Delegation>>();
  for (const { delegator, escrow, delegation } of all) {
    const delegations = byEscrow.get(toHex(escrow)) ?? new Map<string, Delegation>();
    delegations.set(toHex(delegator), delegation);
    byEscrow.set(toHex(escrow), delegations);
  }
  return byEscrow;
}

function debondingByEscrow(all: readonly Debonding[]): Map<string, Map<string, DebondingDelegation[]>> {
  const byEscrow = Map.groupBy(all, ({ escrow }) => toHex(escrow));
  return new Map(
    Array.from(byEscrow, ([escrow, entries]) => [
      escrow,
      group(entries, "delegator", ({ delegation }) => delegation),
    ]),
  );
}

function group<T>(
  entries: readonly Debonding[],
  by: "escrow" | "delegator",
  pick: (entry: Debonding) => T,
): Map<string, T[]> {
  const groups = Map.groupBy(entries, (entry) => toHex(entry[by]));
  return new Map(Array.from(groups, ([id, group]) => [id, group.map(pick)]));
}

function accountWith(balance: bigint): Account {
  const account = Account.zero();
  account.general.balance = balance;
  return account;
}

function nullIfEmpty<T>(items: T[]): T[] | null {
  return items.length === 0 ? null : items;
}
