import { toHex } from "../../../src/codec/bytes.ts";
import { getAccount, getAddresses } from "../../../src/consensus/staking/state.ts";
import type { ReadonlyTree } from "../../../src/storage/tree.ts";
import { registryProblems } from "./registry.ts";
import { roothashProblems } from "./roothash.ts";
import { stakingProblems } from "./staking.ts";

/** Nonces of all accounts, by address (hex). */
export function noncesOf(state: ReadonlyTree): Map<string, bigint> {
  return new Map(
    getAddresses(state).map((address) => [toHex(address), getAccount(state, address).general.nonce]),
  );
}

/**
 * Everything that must hold after a block. The result says what does not.
 *
 * @param before nonces before the block
 * @param transactions number of transactions in it
 */
export function problemsAfterBlock(
  state: ReadonlyTree,
  height: bigint,
  before: ReadonlyMap<string, bigint>,
  transactions: number,
): string[] {
  const after = noncesOf(state);
  const backwards = Array.from(before).filter(([id, nonce]) => (after.get(id) ?? 0n) < nonce);
  const used = Array.from(after, ([id, nonce]) => nonce - (before.get(id) ?? 0n)).reduce((a, b) => a + b, 0n);
  return [
    ...backwards.map(([id]) => `the nonce of ${id} went back`),
    ...(used <= BigInt(transactions) ? [] : [`${used} nonces used by ${transactions} transactions`]),
    ...stakingProblems(state),
    ...registryProblems(state),
    ...roothashProblems(state, height),
  ];
}
