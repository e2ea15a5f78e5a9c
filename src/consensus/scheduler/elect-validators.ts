import { compare, fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { Node } from "../../types/node.ts";
import { ROLE_VALIDATOR } from "../../types/roles.ts";
import type { Validator } from "../../types/scheduler.ts";
import { votingPower } from "../../types/voting-power.ts";
import { InvariantError } from "../errors.ts";
import { hasRoles } from "../registry/node.ts";
import { type Election, hasStake } from "./elect.ts";
import { Random } from "./random.ts";
import { setPendingValidators } from "./state.ts";
import { orderByBeta, proofOf, validatorDomain } from "./vrf-order.ts";

const ENTITIES = utf8("EkS-ABCI-Entities");
const VALIDATORS = utf8("EkS-ABCI-Validators");
const NO_NONCE = new Uint8Array(0);

/**
 * Elects the validators: entities by stake, ties in random order, each with its first nodes in random order.
 *
 * The set takes effect when EndBlock hands it over. consensus-b.md 3.6.
 * @param nodes candidates in order of their ids
 * @returns addresses (hex) of the entities that have a validator
 * @throws InvariantError when there are too few: the chain cannot go on
 */
export function electValidators(election: Election, nodes: readonly Readonly<Node>[]): Set<string> {
  const standing = nodes.filter(
    (node) => hasRoles(node, ROLE_VALIDATOR) && hasStake(election, stakingAddress(node.entity_id)),
  );
  const byEntity = Map.groupBy(orderNodes(election, standing), (node) =>
    toHex(stakingAddress(node.entity_id)),
  );
  const { parameters, ctx } = election;
  const elected = new Map<string, Validator>();
  const entities = new Set<string>();
  const limit = Math.max(0, Number(parameters.max_validators_per_entity));
  for (const entity of orderEntities(election, standing)) {
    const id = toHex(entity);
    // A node without a VRF proof is not in the order, so an entity may be left without nodes.
    for (const node of (byEntity.get(id) ?? []).slice(0, limit)) {
      // The limit is looked at after each validator: governance can set it to 0, which leaves room for one.
      if (elected.size > 0 && elected.size >= parameters.max_validators) {
        break;
      }
      entities.add(id);
      election.rewardable.add(id);
      elected.set(toHex(node.consensus.id), {
        id: node.id,
        entity_id: node.entity_id,
        voting_power: powerOf(election, entity),
      });
    }
  }
  if (elected.size === 0 || elected.size < parameters.min_validators) {
    throw new InvariantError(`only ${elected.size} validators can be elected`, { height: ctx.currentHeight });
  }
  setPendingValidators(ctx.state, elected);
  return entities;
}

function powerOf({ parameters, stake }: Election, entity: Address): bigint {
  return parameters.debug_bypass_stake
    ? 1n
    : votingPower(stake.escrowBalance(entity), parameters.voting_power_distribution);
}

/** Entities by descending stake, equal ones in random order; all in random order with the debug bypass. */
function orderEntities(election: Election, nodes: readonly Readonly<Node>[]): Address[] {
  const ids = new Set(nodes.map((node) => toHex(stakingAddress(node.entity_id))));
  const entities = Array.from(ids, (id) => fromHex(id) as Address).sort(compare);
  new Random(election.entropy, NO_NONCE, ENTITIES).shuffle(entities);
  if (election.parameters.debug_bypass_stake) {
    return entities;
  }
  // The sort is stable, so the random order decides between equal stakes.
  return entities.sort((a, b) => {
    const [stakeA, stakeB] = [election.stake.escrowBalance(a), election.stake.escrowBalance(b)];
    return stakeA === stakeB ? 0 : stakeA > stakeB ? -1 : 1;
  });
}

/** Random order of the nodes: by VRF output when enough of them proved theirs, else by the beacon. */
function orderNodes({ ctx, epoch, parameters, entropy, vrf }: Election, nodes: readonly Readonly<Node>[]) {
  if (vrf !== null) {
    const proven = nodes.filter((node) => proofOf(vrf, node.id) !== null).length;
    if (proven >= parameters.min_validators) {
      return orderByBeta(nodes, vrf, validatorDomain(ctx.chain.chainContext, epoch));
    }
  }
  return new Random(entropy, NO_NONCE, VALIDATORS).perm(nodes.length).map((index) => nodes[index]!);
}
