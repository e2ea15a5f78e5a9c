import { stakingAddress } from "../../types/account-address.ts";
import type { Node } from "../../types/node.ts";
import type { Context } from "../context.ts";
import { StakeAccumulator } from "../staking/accumulator.ts";
import { getParameters as getStakingParameters } from "../staking/state.ts";
import { nodeEvent } from "./events.ts";
import { isExpired } from "./node.ts";
import { nodeClaim } from "./stake-claims.ts";
import { getNodes, removeNode, requireNodeStatus, setNodeStatus } from "./state.ts";

const MAX_EPOCH = 0xffff_ffff_ffff_ffffn;

/**
 * At an epoch change marks expired nodes, and removes those that have been expired for the debonding interval: until
 * then they can still be slashed, and their claim on stake stays (consensus-a.md 3.8).
 */
export function beginBlock(ctx: Context): void {
  const { changed, epoch } = ctx.epochChanged();
  if (!changed) {
    return;
  }
  const { debonding_interval: debondingInterval, debug_bypass_stake: bypassStake } = getStakingParameters(
    ctx.state,
  );
  const stake = bypassStake ? null : new StakeAccumulator(ctx);
  const newlyExpired: Readonly<Node>[] = [];
  for (const node of getNodes(ctx.state)) {
    if (!isExpired(node, epoch)) {
      continue;
    }
    if (markExpired(ctx, node)) {
      newlyExpired.push(node);
    }
    const removedAfter = node.expiration + debondingInterval;
    if (removedAfter <= MAX_EPOCH && removedAfter < epoch) {
      removeNode(ctx.state, node);
      stake?.removeClaim(stakingAddress(node.entity_id), nodeClaim(node.id));
    }
  }
  stake?.commit();
  for (const node of newlyExpired) {
    ctx.emit(nodeEvent, { node, is_registration: false });
  }
  ctx.emitPlain("200_registry", [{ key: "node_list_epoch", value: "1" }]);
}

/** Returns whether the expiration had not been processed before. */
function markExpired(ctx: Context, node: Readonly<Node>): boolean {
  const status = requireNodeStatus(ctx.state, node.id);
  if (status.expiration_processed) {
    return false;
  }
  status.expiration_processed = true;
  setNodeStatus(ctx.state, node.id, status);
  return true;
}
