import { concat, EMPTY_BYTES, readU64be, toHex, u64be } from "../../codec/bytes.ts";
import { type Address, publicKey } from "../../codec/common-types.ts";
import { encode, type Infer, map, quantity, struct, u64 } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import {
  Account,
  type CommissionSchedule,
  ConsensusParameters,
  DebondingDelegation,
  Delegation,
} from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { assertMayChangeParameters } from "../params.ts";
import { decodeState, readSharedState, readState, requireState } from "../state-value.ts";

// Keys: consensus-a.md section 2.
const ACCOUNT = Uint8Array.of(0x50);
const TOTAL_SUPPLY = Uint8Array.of(0x51);
const COMMON_POOL = Uint8Array.of(0x52);
const DELEGATION = Uint8Array.of(0x53);
const DEBONDING_DELEGATION = Uint8Array.of(0x54);
const DEBONDING_QUEUE = Uint8Array.of(0x55);
const PARAMETERS = Uint8Array.of(0x56);
const LAST_BLOCK_FEES = Uint8Array.of(0x57);
const EPOCH_SIGNING = Uint8Array.of(0x58);
const GOVERNANCE_DEPOSITS = Uint8Array.of(0x59);
const REVERSE_DELEGATION = Uint8Array.of(0x5a);
const COMMISSION_SCHEDULE = Uint8Array.of(0x5b);

const ADDRESS_LENGTH = 21;

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

// --- balances that belong to nobody ---

export function getTotalSupply(state: ReadonlyTree): bigint {
  return readBalance(state, TOTAL_SUPPLY);
}

export function setTotalSupply(state: KeyValueTree, amount: bigint): void {
  state.insert(TOTAL_SUPPLY, encode(quantity, amount));
}

export function getCommonPool(state: ReadonlyTree): bigint {
  return readBalance(state, COMMON_POOL);
}

export function setCommonPool(state: KeyValueTree, amount: bigint): void {
  state.insert(COMMON_POOL, encode(quantity, amount));
}

/** Fees of the last block that its voters and the next proposer will get. */
export function getLastBlockFees(state: ReadonlyTree): bigint {
  return readBalance(state, LAST_BLOCK_FEES);
}

export function setLastBlockFees(state: KeyValueTree, amount: bigint): void {
  state.insert(LAST_BLOCK_FEES, encode(quantity, amount));
}

export function getGovernanceDeposits(state: ReadonlyTree): bigint {
  return readBalance(state, GOVERNANCE_DEPOSITS);
}

export function setGovernanceDeposits(state: KeyValueTree, amount: bigint): void {
  state.insert(GOVERNANCE_DEPOSITS, encode(quantity, amount));
}

function readBalance(state: ReadonlyTree, key: Uint8Array): bigint {
  return readState(state, quantity, key) ?? 0n;
}

// --- accounts ---

/**
 * An account; the zero account when it was never written. The result belongs to the caller.
 * @throws TxError for a reserved address: no account lives there
 */
export function getAccount(state: ReadonlyTree, address: Address): Account {
  if (isReservedAddress(address)) {
    throw new TxError(`invalid account address: ${toHex(address)}`);
  }
  return readState(state, Account, concat(ACCOUNT, address)) ?? Account.zero();
}

/** Writes an account, also an empty one, and keeps the index of commission schedules. */
export function setAccount(state: KeyValueTree, address: Address, account: Account): void {
  state.insert(concat(ACCOUNT, address), encode(Account, account));
  const index = concat(COMMISSION_SCHEDULE, address);
  if (isEmptySchedule(account.escrow.commission_schedule)) {
    // To look is less work than to remove what is not there, which is a change like any other until the end of the block.
    if (state.get(index) !== null) {
      state.remove(index);
    }
  } else {
    state.insert(index, EMPTY_BYTES);
  }
}

function isEmptySchedule(schedule: CommissionSchedule): boolean {
  return (schedule.rates?.length ?? 0) === 0 && (schedule.bounds?.length ?? 0) === 0;
}

/** Addresses of all accounts in the ledger, in byte order. */
export function getAddresses(state: ReadonlyTree): Address[] {
  return Array.from(state.prefix(ACCOUNT), ([key]) => key.subarray(1) as Address);
}

/** Addresses of accounts with a commission schedule, in byte order. */
export function getCommissionScheduleAddresses(state: ReadonlyTree): Address[] {
  return Array.from(state.prefix(COMMISSION_SCHEDULE), ([key]) => key.subarray(1) as Address);
}

// --- delegations ---

export interface Delegating {
  readonly delegator: Address;
  readonly escrow: Address;
  readonly delegation: Delegation;
}

/** Delegation of one account to another; zero shares when there is none. */
export function getDelegation(state: ReadonlyTree, delegator: Address, escrow: Address): Delegation {
  return readState(state, Delegation, concat(DELEGATION, escrow, delegator)) ?? { shares: 0n };
}

/** Writes a delegation and its mirror; one without shares is removed. */
export function setDelegation(
  state: KeyValueTree,
  delegator: Address,
  escrow: Address,
  delegation: Delegation,
): void {
  const key = concat(DELEGATION, escrow, delegator);
  const mirror = concat(REVERSE_DELEGATION, delegator, escrow);
  if (delegation.shares === 0n) {
    state.remove(key);
    state.remove(mirror);
    return;
  }
  const value = encode(Delegation, delegation);
  state.insert(key, value);
  state.insert(mirror, value);
}

/** All delegations, by escrow account, then delegator. */
export function getDelegations(state: ReadonlyTree): Delegating[] {
  return delegationsUnder(state, DELEGATION, false);
}

/** Delegations made by an account, in order of the escrow accounts. */
export function getDelegationsFor(state: ReadonlyTree, delegator: Address): Delegating[] {
  return delegationsUnder(state, concat(REVERSE_DELEGATION, delegator), true);
}

/** Delegations made to an account, in order of the delegators. */
export function getDelegationsTo(state: ReadonlyTree, escrow: Address): Delegating[] {
  return delegationsUnder(state, concat(DELEGATION, escrow), false);
}

function delegationsUnder(state: ReadonlyTree, prefix: Uint8Array, mirrored: boolean): Delegating[] {
  return Array.from(state.prefix(prefix), ([key, value]) => {
    const first = addressAt(key, 1);
    const second = addressAt(key, 1 + ADDRESS_LENGTH);
    return {
      delegator: mirrored ? first : second,
      escrow: mirrored ? second : first,
      delegation: decodeState(Delegation, key, value),
    };
  });
}

// --- debonding ---

export interface Debonding {
  readonly delegator: Address;
  readonly escrow: Address;
  readonly delegation: DebondingDelegation;
}

/** Adds shares that debond at an epoch, merged with what already debonds between the two accounts then. */
export function addDebondingDelegation(
  state: KeyValueTree,
  delegator: Address,
  escrow: Address,
  delegation: DebondingDelegation,
): void {
  const key = debondingKey(delegator, escrow, delegation.debond_end);
  const present = readState(state, DebondingDelegation, key);
  state.insert(concat(DEBONDING_QUEUE, u64be(delegation.debond_end), delegator, escrow), EMPTY_BYTES);
  state.insert(
    key,
    encode(DebondingDelegation, { ...delegation, shares: delegation.shares + (present?.shares ?? 0n) }),
  );
}

/** Removes a debonding delegation and its queue entry. */
export function removeDebondingDelegation(
  state: KeyValueTree,
  delegator: Address,
  escrow: Address,
  epoch: bigint,
): void {
  state.remove(concat(DEBONDING_QUEUE, u64be(epoch), delegator, escrow));
  state.remove(debondingKey(delegator, escrow, epoch));
}

/** Debonding delegations that end at or before an epoch, in order of epoch, delegator, escrow account. */
export function getExpiredDebondingQueue(state: ReadonlyTree, epoch: bigint): Debonding[] {
  const expired: Debonding[] = [];
  for (const [key] of state.prefix(DEBONDING_QUEUE)) {
    const end = readU64be(key, 1);
    if (end > epoch) {
      break;
    }
    const delegator = addressAt(key, 9);
    const escrow = addressAt(key, 9 + ADDRESS_LENGTH);
    const delegation = readState(state, DebondingDelegation, debondingKey(delegator, escrow, end));
    expired.push({ delegator, escrow, delegation: delegation ?? { shares: 0n, debond_end: 0n } });
  }
  return expired;
}

/** All debonding delegations, in order of delegator, escrow account, end. */
export function getDebondingDelegations(state: ReadonlyTree): Debonding[] {
  return debondingUnder(state, DEBONDING_DELEGATION);
}

export function getDebondingDelegationsFor(state: ReadonlyTree, delegator: Address): Debonding[] {
  return debondingUnder(state, concat(DEBONDING_DELEGATION, delegator));
}

function debondingUnder(state: ReadonlyTree, prefix: Uint8Array): Debonding[] {
  return Array.from(state.prefix(prefix), ([key, value]) => ({
    delegator: addressAt(key, 1),
    escrow: addressAt(key, 1 + ADDRESS_LENGTH),
    delegation: decodeState(DebondingDelegation, key, value),
  }));
}

function debondingKey(delegator: Address, escrow: Address, epoch: bigint): Uint8Array {
  return concat(DEBONDING_DELEGATION, delegator, escrow, u64be(epoch));
}

function addressAt(key: Uint8Array, offset: number): Address {
  return key.subarray(offset, offset + ADDRESS_LENGTH) as Address;
}

// --- who signed blocks ---

/** Blocks counted in an epoch, and how many of them each entity signed. Only in state. */
export const EpochSigning = struct("EpochSigning", { Total: u64, ByEntity: map(publicKey, u64) });
export type EpochSigning = Infer<typeof EpochSigning>;

/** Blocks of the running epoch and how many of them each entity signed; zeros at its start. */
export function getEpochSigning(state: ReadonlyTree): EpochSigning {
  return readState(state, EpochSigning, EPOCH_SIGNING) ?? { Total: 0n, ByEntity: new Map() };
}

export function setEpochSigning(state: KeyValueTree, signing: EpochSigning): void {
  state.insert(EPOCH_SIGNING, encode(EpochSigning, signing));
}

export function clearEpochSigning(state: KeyValueTree): void {
  state.remove(EPOCH_SIGNING);
}
