import { formatAddress } from "../../codec/address.ts";
import { fromHex, toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import {
  type Account,
  type DebondingDelegation,
  type DebondingDelegationInfo,
  type Delegation,
  type DelegationInfo,
  type SharePool,
  type StakeAccumulator,
  ThresholdKind,
} from "../../types/staking.ts";
import { amountText, type Token } from "./amount.ts";
import { commissionScheduleText } from "./commission-schedule.ts";

/** An account and everything that is staked from and to it; maps are by address in hex. */
export interface AccountFacts {
  readonly height: bigint;
  readonly owner: Address;
  readonly token: Token;
  readonly account: Account;
  readonly delegationsFrom: ReadonlyMap<string, DelegationInfo> | null;
  readonly delegationsTo: ReadonlyMap<string, Delegation> | null;
  readonly debondingFrom: ReadonlyMap<string, DebondingDelegationInfo[] | null> | null;
  readonly debondingTo: ReadonlyMap<string, DebondingDelegation[] | null> | null;
}

interface Row {
  /** Hex. */
  readonly address: string;
  readonly amount: bigint;
  readonly shares?: bigint;
  readonly endTime?: bigint;
}

/** An account for people, in the sections of the official command. */
export function accountText(facts: AccountFacts): string {
  const { account, token, owner } = facts;
  const { general, escrow } = account;
  const self = toHex(owner);
  let out = `Account State for Height: ${facts.height}\nBalance:\n${balanceText(facts)}\n`;

  const allowances = entriesOf(general.allowances).map(([address, amount]): Row => ({ address, amount }));
  if (allowances.length > 0) {
    out += `Allowances for this Account:\n  Total: ${amountText(sum(allowances), token)}\n`;
    out += `${rowsText("Allowances:", "Beneficiary:", allowances, self, token, "  ")}\n`;
  }
  const to = entriesOf(facts.delegationsTo).map(([address, { shares }]) =>
    row(address, shares, escrow.active),
  );
  if (to.length > 0) {
    out += `Active Delegations to this Account:\n${incomingText(to, escrow.active, self, token)}\n`;
  }
  const debonding = entriesOf(facts.debondingTo).flatMap(([address, list]) =>
    (list ?? []).map((d) => row(address, d.shares, escrow.debonding, d.debond_end)),
  );
  if (debonding.length > 0) {
    out += `Debonding Delegations to this Account:\n${incomingText(debonding, escrow.debonding, self, token)}\n`;
  }
  const { rates, bounds } = escrow.commission_schedule;
  if (rates?.length || bounds?.length) {
    out += `Commission Schedule:\n${commissionScheduleText(escrow.commission_schedule, "  ")}\n`;
  }
  if (escrow.stake_accumulator.claims?.size) {
    out += `Stake Accumulator:\n${claimsText(escrow.stake_accumulator)}\n`;
  }
  return `${out}Nonce: ${general.nonce}\n`;
}

function balanceText({ account, owner, token, delegationsFrom, debondingFrom }: AccountFacts): string {
  const self = toHex(owner);
  const active = entriesOf(delegationsFrom).map(([address, { shares, pool }]) => row(address, shares, pool));
  const debonding = entriesOf(debondingFrom).flatMap(([address, list]) =>
    (list ?? []).map((d) => row(address, d.shares, d.pool, d.debond_end)),
  );
  const available = account.general.balance;
  let out = `  Total: ${amountText(available + sum(active) + sum(debonding), token)}\n`;
  out += `  Available: ${amountText(available, token)}\n`;
  for (const [title, rows] of [
    ["Active Delegations from this Account:", active],
    ["Debonding Delegations from this Account:", debonding],
  ] as const) {
    if (rows.length === 0) continue;
    out += `  ${title}\n    Total: ${amountText(sum(rows), token)}\n`;
    out += rowsText("Delegations:", "To:", rows, self, token, "    ");
  }
  return out;
}

function incomingText(rows: readonly Row[], pool: SharePool, self: string, token: Token): string {
  const total = `  Total: ${amountText(pool.balance, token)} (${pool.total_shares} shares)\n`;
  return total + rowsText("Delegations:", "From:", rows, self, token, "  ");
}

/** Rows by end time, then by falling amount, then by address; values aligned. */
function rowsText(
  title: string,
  addressField: string,
  rows: readonly Row[],
  self: string,
  token: Token,
  prefix: string,
): string {
  const fields = [
    addressField,
    "Amount:",
    ...(rows.some((r) => r.endTime !== undefined) ? ["End Time:"] : []),
  ];
  const width = Math.max(...fields.map((field) => field.length));
  const field = (name: string) => name.padEnd(width);
  const sorted = [...rows].sort(
    (a, b) =>
      Number((a.endTime ?? 0n) - (b.endTime ?? 0n)) ||
      (a.amount === b.amount ? 0 : a.amount > b.amount ? -1 : 1) ||
      (addressOf(a) < addressOf(b) ? -1 : 1),
  );
  let out = `${prefix}${title}\n`;
  for (const item of sorted) {
    out += `${prefix}  - ${field(addressField)} ${addressOf(item)}${item.address === self ? " (self)" : ""}\n`;
    const shares = item.shares === undefined ? "" : ` (${item.shares} shares)`;
    out += `${prefix}    ${field("Amount:")} ${amountText(item.amount, token)}${shares}\n`;
    if (item.endTime !== undefined) out += `${prefix}    ${field("End Time:")} epoch ${item.endTime}\n`;
  }
  return out;
}

function claimsText({ claims }: StakeAccumulator): string {
  let out = "  Claims:\n";
  for (const [name, thresholds] of [...(claims ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    out += `    - Name: ${name}\n`;
    for (const { global, const: constant } of thresholds ?? []) {
      out += "      Staking Thresholds:\n";
      if (global !== null) out += `        - Global: ${ThresholdKind.toJson(global)}\n`;
      else if (constant !== null) out += `        - Constant: ${constant}\n`;
      else out += "        - (malformed)\n";
    }
  }
  return out;
}

function row(address: string, shares: bigint, pool: SharePool, endTime?: bigint): Row {
  const amount = pool.total_shares === 0n ? 0n : (shares * pool.balance) / pool.total_shares;
  return { address, amount, shares, ...(endTime === undefined ? {} : { endTime }) };
}

function addressOf({ address }: Row): string {
  return formatAddress(fromHex(address));
}

function sum(rows: readonly Row[]): bigint {
  return rows.reduce((total, { amount }) => total + amount, 0n);
}

function entriesOf<T>(map: ReadonlyMap<string, T> | null): [string, T][] {
  return [...(map ?? [])];
}
