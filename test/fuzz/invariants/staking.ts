import { toHex } from "../../../src/codec/bytes.ts";
import { getActiveProposals } from "../../../src/consensus/governance/state.ts";
import {
  getAccount,
  getAddresses,
  getCommissionScheduleAddresses,
  getCommonPool,
  getDebondingDelegations,
  getDelegations,
  getDelegationsFor,
  getExpiredDebondingQueue,
  getGovernanceDeposits,
  getLastBlockFees,
  getTotalSupply,
} from "../../../src/consensus/staking/state.ts";
import type { ReadonlyTree } from "../../../src/storage/tree.ts";
import { EPOCH_INVALID } from "../../../src/types/common.ts";

/** What must hold for the staking state after every block; each broken rule gives a line. */
export function stakingProblems(state: ReadonlyTree): string[] {
  return [
    ...supplyProblems(state),
    ...poolProblems(state),
    ...debondingProblems(state),
    ...indexProblems(state),
  ];
}

/** Every token of the total supply is somewhere, and no balance is negative. */
function supplyProblems(state: ReadonlyTree): string[] {
  const parts = new Map([
    ["common pool", getCommonPool(state)],
    ["last block fees", getLastBlockFees(state)],
    ["governance deposits", getGovernanceDeposits(state)],
  ]);
  for (const address of getAddresses(state)) {
    const { general, escrow } = getAccount(state, address);
    parts.set(`balance of ${toHex(address)}`, general.balance);
    parts.set(`active escrow of ${toHex(address)}`, escrow.active.balance);
    parts.set(`debonding escrow of ${toHex(address)}`, escrow.debonding.balance);
  }
  const sum = total(parts.values());
  const supply = getTotalSupply(state);
  const deposits = total(getActiveProposals(state).map(({ deposit }) => deposit));
  return [
    ...Array.from(parts)
      .filter(([, amount]) => amount < 0n)
      .map(([name, amount]) => `${name} is ${amount}`),
    ...(sum === supply ? [] : [`balances sum up to ${sum}, the total supply is ${supply}`]),
    ...(deposits === getGovernanceDeposits(state)
      ? []
      : ["governance deposits differ from those of proposals"]),
  ];
}

/** The shares of a pool are those of its delegators. */
function poolProblems(state: ReadonlyTree): string[] {
  const active = sharesByEscrow(getDelegations(state));
  const debonding = sharesByEscrow(getDebondingDelegations(state));
  const addresses = new Set([...getAddresses(state).map(toHex), ...active.keys(), ...debonding.keys()]);
  return Array.from(addresses).flatMap((id) => {
    const { escrow } = getAccount(state, Buffer.from(id, "hex"));
    return [
      ...(escrow.active.total_shares === (active.get(id) ?? 0n) ? [] : [`active shares of ${id}`]),
      ...(escrow.debonding.total_shares === (debonding.get(id) ?? 0n) ? [] : [`debonding shares of ${id}`]),
    ];
  });
}

function sharesByEscrow(
  delegations: readonly { escrow: Uint8Array; delegation: { shares: bigint } }[],
): Map<string, bigint> {
  const shares = new Map<string, bigint>();
  for (const { escrow, delegation } of delegations) {
    const id = toHex(escrow);
    shares.set(id, (shares.get(id) ?? 0n) + delegation.shares);
  }
  return shares;
}

/** The queue lists exactly the debonding delegations, by epoch. */
function debondingProblems(state: ReadonlyTree): string[] {
  const name = ({ delegator, escrow, delegation }: ReturnType<typeof getDebondingDelegations>[number]) =>
    `${delegation.debond_end} ${toHex(delegator)} ${toHex(escrow)}`;
  const queue = getExpiredDebondingQueue(state, EPOCH_INVALID);
  const ordered = queue.every(
    ({ delegation }, i) => i === 0 || queue[i - 1]!.delegation.debond_end <= delegation.debond_end,
  );
  const listed = queue.map(name).toSorted();
  const present = getDebondingDelegations(state).map(name).toSorted();
  return [
    ...(ordered ? [] : ["the debonding queue is not in order of epochs"]),
    ...(listed.join() === present.join()
      ? []
      : ["the debonding queue differs from the debonding delegations"]),
  ];
}

/** Mirrors and indices say the same as what they are of. */
function indexProblems(state: ReadonlyTree): string[] {
  const forward = getDelegations(state);
  const delegators = new Map(forward.map(({ delegator }) => [toHex(delegator), delegator]));
  const mirrored = Array.from(delegators.values()).flatMap((delegator) =>
    getDelegationsFor(state, delegator),
  );
  const name = ({ delegator, escrow, delegation }: (typeof forward)[number]) =>
    `${toHex(delegator)} ${toHex(escrow)} ${delegation.shares}`;
  const scheduled = getAddresses(state).filter((address) => {
    const { rates, bounds } = getAccount(state, address).escrow.commission_schedule;
    return (rates?.length ?? 0) + (bounds?.length ?? 0) > 0;
  });
  const indexed = getCommissionScheduleAddresses(state);
  return [
    ...(forward.map(name).toSorted().join() === mirrored.map(name).toSorted().join()
      ? []
      : ["delegations differ from their mirror"]),
    ...(scheduled.map(toHex).join() === indexed.map(toHex).join() ? [] : ["index of commission schedules"]),
  ];
}

function total(amounts: Iterable<bigint>): bigint {
  let sum = 0n;
  for (const amount of amounts) {
    sum += amount;
  }
  return sum;
}
