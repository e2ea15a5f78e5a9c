import { compare, fromHex, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { Context } from "../context.ts";
import { addRewards } from "./rewards.ts";
import {
  clearEpochSigning,
  type EpochSigning,
  getEpochSigning,
  getParameters,
  setEpochSigning,
} from "./state.ts";

const MAX_U64 = (1n << 64n) - 1n;

/** BeginBlock: counts the block, and for every entity the signatures of its validators under the last one. */
export function countSignatures(ctx: Context, voters: readonly PublicKey[]): void {
  const signing = getEpochSigning(ctx.state);
  const byEntity = signing.ByEntity ?? new Map<string, bigint>();
  for (const voter of voters) {
    const id = toHex(voter);
    byEntity.set(id, (byEntity.get(id) ?? 0n) + 1n);
  }
  setEpochSigning(ctx.state, { Total: signing.Total + 1n, ByEntity: byEntity });
}

/** EndBlock at an epoch change: rewards the entities that signed enough blocks, and starts counting anew. */
export function rewardEpochSigning(ctx: Context, epoch: bigint): void {
  const parameters = getParameters(ctx.state);
  const signing = getEpochSigning(ctx.state);
  clearEpochSigning(ctx.state);
  if (parameters.signing_reward_threshold_denominator === 0n || signing.Total === 0n) {
    return;
  }
  const eligible = eligibleEntities(
    signing,
    parameters.signing_reward_threshold_numerator,
    parameters.signing_reward_threshold_denominator,
  );
  addRewards(ctx, epoch, parameters.reward_factor_epoch_signed, eligible.map(stakingAddress));
}

/**
 * Entities with `count / total >= numerator / denominator`, in byte order of their keys.
 * @throws RangeError when a product overflows 64 bits, where the network's nodes stop too
 */
export function eligibleEntities(signing: EpochSigning, numerator: bigint, denominator: bigint): PublicKey[] {
  const needed = checkedProduct(signing.Total, numerator);
  return Array.from(signing.ByEntity ?? [])
    .filter(([, count]) => checkedProduct(count, denominator) >= needed)
    .map(([entity]) => fromHex(entity) as PublicKey)
    .sort(compare);
}

function checkedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  if (product > MAX_U64) {
    throw new RangeError(`overflow in signing reward threshold: ${a} * ${b}`);
  }
  return product;
}
