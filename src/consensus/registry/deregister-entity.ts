import { stakingAddress } from "../../types/account-address.ts";
import { registryErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { removeStakeClaim } from "../staking/accumulator.ts";
import { getParameters as getStakingParameters } from "../staking/state.ts";
import { entityEvent } from "./events.ts";
import { hasEntityRuntimes } from "./runtime-state.ts";
import { ENTITY_CLAIM } from "./stake-claims.ts";
import { getEntity, getParameters, hasEntityNodes, removeEntity } from "./state.ts";

/**
 * `registry.DeregisterEntity`: removes the signer's entity, once it has neither nodes (expired ones count) nor
 * ParaTimes. The body is never looked at. Order of checks: consensus-a.md 3.2.
 */
export function deregisterEntity(ctx: Context): void {
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "deregister_entity", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const id = ctx.txSigner;
  if (hasEntityNodes(ctx.state, id)) {
    throw registryErrors.entityHasNodes();
  }
  if (hasEntityRuntimes(ctx.state, id)) {
    throw registryErrors.entityHasRuntimes();
  }
  const entity = getEntity(ctx.state, id);
  if (entity === null) {
    throw registryErrors.noSuchEntity();
  }
  removeEntity(ctx.state, id);
  if (!getStakingParameters(ctx.state).debug_bypass_stake) {
    removeStakeClaim(ctx, stakingAddress(id), ENTITY_CLAIM);
  }
  ctx.emit(entityEvent, { entity, is_registration: false });
}
