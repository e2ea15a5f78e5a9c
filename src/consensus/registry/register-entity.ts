import { equal, toHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { contexts } from "../../crypto/contexts.ts";
import { openSigned } from "../../crypto/envelope.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { Entity, LATEST_ENTITY_DESCRIPTOR_VERSION, type SignedEntity } from "../../types/entity.ts";
import { registryErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { addStakeClaim } from "../staking/accumulator.ts";
import { getParameters as getStakingParameters } from "../staking/state.ts";
import { entityEvent } from "./events.ts";
import { ENTITY_CLAIM, ENTITY_THRESHOLDS } from "./stake-claims.ts";
import { getParameters, setEntity } from "./state.ts";

/**
 * `registry.RegisterEntity`: registers an entity or replaces its descriptor. Node records stay as they are, also of
 * nodes that are not listed any more. Order of checks: consensus-a.md 3.1.
 */
export function registerEntity(ctx: Context, signed: SignedEntity): void {
  const entity = verifyEntity(ctx, signed);
  if (ctx.isCheckOnly) {
    return;
  }
  const { gas_costs: costs } = getParameters(ctx.state);
  ctx.useGas(1, "register_entity", costs);
  ctx.useGas((entity.nodes ?? []).length, "register_node", costs);
  if (ctx.isSimulation) {
    return;
  }
  if (!ctx.isInitChain && !equal(signed.signature.public_key, ctx.txSigner)) {
    throw registryErrors.incorrectTxSigner();
  }
  if (!getStakingParameters(ctx.state).debug_bypass_stake) {
    addStakeClaim(ctx, stakingAddress(entity.id), ENTITY_CLAIM, [...ENTITY_THRESHOLDS]);
  }
  setEntity(ctx.state, entity.id, signed);
  ctx.emit(entityEvent, { entity, is_registration: true });
}

function verifyEntity(ctx: Context, signed: SignedEntity): Entity {
  const entity = open(ctx, signed);
  if (!equal(signed.signature.public_key, entity.id)) {
    throw registryErrors.invalidArgument().with("not signed by the entity");
  }
  if (entity.v !== LATEST_ENTITY_DESCRIPTOR_VERSION) {
    throw registryErrors.invalidArgument().with(`invalid entity descriptor version: ${entity.v}`);
  }
  const seen = new Set<string>();
  for (const id of entity.nodes ?? []) {
    if (ctx.chain.blacklist.has(id)) {
      throw registryErrors.invalidArgument().with("malformed node id");
    }
    const key = toHex(id);
    if (seen.has(key)) {
      throw registryErrors.invalidArgument().with("duplicate nodes");
    }
    seen.add(key);
  }
  return entity;
}

/** An undecodable descriptor counts as badly signed, as on the network. */
function open(ctx: Context, signed: SignedEntity): Entity {
  try {
    return openSigned(Entity, contexts.registerEntity, signed, ctx.chain.signatures);
  } catch (error) {
    throw error instanceof QanatError ? registryErrors.invalidSignature() : error;
  }
}
