import type { Address, Namespace, PublicKey } from "../../codec/common-types.ts";
import { runtimeAddress, stakingAddress } from "../../types/account-address.ts";
import { roothashErrors } from "../../types/errors.ts";
import type { Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { getNode } from "../registry/state.ts";
import { slashEscrow } from "../staking/slash-escrow.ts";
import { transferFromCommon } from "../staking/transfer-from-common.ts";

/** Slashes the owner of a node that was not live. Nobody is rewarded. */
export function slashLivenessFailure(ctx: Context, nodeId: PublicKey, amount: bigint): void {
  if (amount === 0n) {
    return;
  }
  const node = getNode(ctx.state, nodeId);
  if (node === null) {
    throw new InvariantError("committee member is not registered", { height: ctx.currentHeight });
  }
  slashEscrow(ctx, stakingAddress(node.entity_id), amount);
}

/**
 * Slashes the owner of a node for which somebody submitted evidence, and rewards whoever submitted it: its owner when
 * it is a node itself.
 * @throws CodedError roothash/10 when the node is not registered any more
 */
export function slashEquivocation(
  ctx: Context,
  nodeId: PublicKey,
  runtime: Readonly<Runtime>,
  amount: bigint,
): void {
  const node = getNode(ctx.state, nodeId);
  if (node === null) {
    throw roothashErrors.invalidEvidence().with("node is not registered");
  }
  const slashed = slashEscrow(ctx, stakingAddress(node.entity_id), amount);
  // Evidence can be for past rounds, so there may be nothing left.
  if (slashed === 0n) {
    return;
  }
  const submitter = getNode(ctx.state, ctx.txSigner);
  const rewarded = submitter === null ? ctx.caller : stakingAddress(submitter.entity_id);
  distribute(ctx, slashed, runtime.staking.reward_equivocation, runtime.id, [rewarded]);
}

/**
 * Slashes the owners of nodes that gave wrong results, once for every node, and rewards the owners of those that gave
 * right ones. An entity without stake is no reason to fail the round.
 */
export function slashIncorrectResults(
  ctx: Context,
  wrong: readonly PublicKey[],
  right: readonly PublicKey[],
  runtime: Readonly<Runtime>,
  amount: bigint,
): void {
  let slashed = 0n;
  for (const entity of wrong) {
    slashed += slashEscrow(ctx, stakingAddress(entity), amount);
  }
  if (slashed > 0n) {
    distribute(ctx, slashed, runtime.staking.reward_bad_results, runtime.id, right.map(stakingAddress));
  }
}

/** Gives `percent` of what was slashed to the ParaTime and shares the rest out; remainders stay in the common pool. */
function distribute(
  ctx: Context,
  slashed: bigint,
  percent: number,
  runtimeId: Namespace,
  receivers: readonly Address[],
): void {
  const runtimeShare = (slashed * BigInt(percent)) / 100n;
  transferFromCommon(ctx, runtimeAddress(runtimeId), runtimeShare, false);
  if (receivers.length === 0) {
    return;
  }
  const share = (slashed - runtimeShare) / BigInt(receivers.length);
  for (const receiver of receivers) {
    transferFromCommon(ctx, receiver, share, true);
  }
}
