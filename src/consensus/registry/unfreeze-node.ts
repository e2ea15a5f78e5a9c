import { equal } from "../../codec/bytes.ts";
import { registryErrors } from "../../types/errors.ts";
import type { UnfreezeNode } from "../../types/registry.ts";
import type { Context } from "../context.ts";
import { nodeUnfrozen } from "./events.ts";
import { getNode, getNodeStatus, getParameters, setNodeStatus } from "./state.ts";

/**
 * `registry.UnfreezeNode`: the owner lets a frozen node take part again after the freeze is over. Succeeds for nodes
 * that are not frozen too. Order of checks: consensus-a.md 3.4.
 */
export function unfreezeNode(ctx: Context, { node_id: id }: UnfreezeNode): void {
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "unfreeze_node", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const node = getNode(ctx.state, id);
  if (node === null) {
    throw registryErrors.noSuchNode();
  }
  if (!equal(ctx.txSigner, node.entity_id)) {
    throw registryErrors.badEntityForNode();
  }
  const status = getNodeStatus(ctx.state, id);
  if (status === null) {
    throw registryErrors.noSuchNode();
  }
  if (status.freeze_end_time > ctx.epochAtCurrentHeight()) {
    throw registryErrors.nodeCannotBeUnfrozen();
  }
  status.freeze_end_time = 0n;
  setNodeStatus(ctx.state, node.id, status);
  ctx.emit(nodeUnfrozen, { node_id: node.id });
}
