import type { Address } from "../../../src/codec/common-types.ts";
import { type Codec, encode } from "../../../src/codec/schema.ts";
import { getAccount } from "../../../src/consensus/staking/state.ts";
import type { MemorySigner } from "../../../src/crypto/memory-signer.ts";
import type { ReadonlyTree } from "../../../src/storage/tree.ts";
import {
  BURN_ADDRESS,
  COMMON_POOL_ADDRESS,
  FEE_ACCUMULATOR_ADDRESS,
  stakingAddress,
} from "../../../src/types/account-address.ts";
import type { Fee } from "../../../src/types/consensus.ts";
import { addresses, runtimeAddresses } from "../cast.ts";
import type { Random } from "../random.ts";

/** What a generator may look at: the state after the last block. */
export interface View {
  readonly random: Random;
  readonly state: ReadonlyTree;
  readonly epoch: bigint;
  /** Height of the block that is being made. */
  readonly height: bigint;
  readonly chainContext: string;
}

/** A transaction without nonce and, mostly, without fee. */
export interface Draft {
  readonly signer: MemorySigner;
  readonly method: string;
  readonly body: Uint8Array | null;
  /** What it pays; absent: anything. */
  readonly fee?: Fee;
}

/** Makes a transaction of one kind, valid or not; null where the state offers no occasion. */
export type Generator = (view: View) => Draft | null;

export function draft<T>(signer: MemorySigner, method: string, codec: Codec<T>, body: T): Draft {
  return { signer, method, body: encode(codec, body) };
}

/** An address: mostly of somebody, sometimes one where special rules hold. */
export function randomAddress({ random }: View): Address {
  return random.weighted<() => Address>([
    [30, () => random.pick(addresses)],
    [3, () => random.pick(runtimeAddresses)],
    [1, () => BURN_ADDRESS],
    [1, () => random.pick([COMMON_POOL_ADDRESS, FEE_ACCUMULATOR_ADDRESS])],
    [1, () => Uint8Array.of(0, ...random.bytes(20))],
  ])();
}

/** Nearly all that an account has, or all, to be sent without paying a fee. */
export function nearlyAll({ random, state }: View, owner: MemorySigner): { amount: bigint; fee: Fee } {
  const { balance } = getAccount(state, stakingAddress(owner.publicKey)).general;
  const left = random.bigint(30n);
  return { amount: balance > left ? balance - left : balance, fee: { amount: 0n, gas: 5_000n } };
}

/** An amount: mostly small, sometimes 0, sometimes more than anybody has. */
export function randomAmount({ random }: View): bigint {
  return random.weighted([
    [2, 0n],
    [20, random.bigint(300n)],
    [6, random.bigint(100_000n)],
    [1, 1n << 70n],
  ]);
}
