import { formatAddress } from "../../codec/address.ts";
import { equal, toBase64 } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { getRuntime } from "../../consensus/registry/runtime-state.ts";
import { nodeClaim, nodeThresholds } from "../../consensus/registry/stake-claims.ts";
import { getEntity } from "../../consensus/registry/state.ts";
import { getAccount, getParameters } from "../../consensus/staking/state.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { Node } from "../../types/node.ts";
import type { Runtime } from "../../types/runtime.ts";

/** Why a registration would be refused now, and the command that changes it. */
export interface RegistrationObstacle {
  readonly for: string;
  readonly cause: string;
  readonly remedy: string;
}

/**
 * Looks whether the network would accept the node's registration, so that a refusal is explained before it costs a fee:
 * entity registered and listing the node, stake for every claim, balance for the fee.
 * @param fee what the transaction will cost, in base units
 */
export function findObstacle(state: ReadonlyTree, node: Node, fee: bigint): RegistrationObstacle | null {
  return (
    entityObstacle(state, node.entity_id, node.id) ??
    stakeObstacle(state, node) ??
    feeObstacle(state, node.id, fee)
  );
}

/** What keeps the entity from vouching for the node. */
export function entityObstacle(
  state: ReadonlyTree,
  entityId: PublicKey,
  nodeId: PublicKey,
): RegistrationObstacle | null {
  const entity = getEntity(state, entityId);
  if (entity === null) {
    return {
      for: "the entity to be registered",
      cause: `entity ${toBase64(entityId)} is not in the registry`,
      remedy:
        "submit the transaction that `oasis-node registry entity gen_register` makes, with stake in the entity's escrow",
    };
  }
  if (!(entity.nodes ?? []).some((id) => equal(id, nodeId))) {
    return {
      for: "the entity to list this node",
      cause: `entity ${toBase64(entityId)} does not list node ${toBase64(nodeId)}`,
      remedy:
        "add the node to the entity (`oasis-node registry entity update`), then submit `registry entity gen_register`",
    };
  }
  return null;
}

function stakeObstacle(state: ReadonlyTree, node: Node): RegistrationObstacle | null {
  const parameters = getParameters(state);
  if (parameters.debug_bypass_stake) return null;
  const runtimes = distinctRuntimes(state, node);
  const address = stakingAddress(node.entity_id);
  const account = getAccount(state, address);
  const thresholds = parameters.thresholds;
  const worth = (needed: ReturnType<typeof nodeThresholds>) =>
    (needed ?? []).reduce((sum, threshold) => {
      if (threshold.global !== null) return sum + (thresholds?.get(Number(threshold.global)) ?? 0n);
      return sum + (threshold.const ?? 0n);
    }, 0n);
  const own = nodeClaim(node.id);
  let others = 0n;
  for (const [claim, needed] of account.escrow.stake_accumulator.claims ?? []) {
    if (claim !== own) others += worth(needed);
  }
  const needed = others + worth(nodeThresholds(node, runtimes));
  const held = account.escrow.active.balance;
  if (held >= needed) return null;
  return {
    for: "stake",
    cause: `the entity's escrow ${formatAddress(address)} holds ${held} base units, its claims with this node need ${needed}`,
    remedy: `add ${needed - held} base units to the escrow: \`oasis-node stake account gen_escrow --stake.amount ${needed - held} --stake.escrow.account ${formatAddress(address)}\``,
  };
}

function feeObstacle(state: ReadonlyTree, nodeId: PublicKey, fee: bigint): RegistrationObstacle | null {
  const address = stakingAddress(nodeId);
  const balance = getAccount(state, address).general.balance;
  const needed = fee + getParameters(state).min_transact_balance;
  if (balance >= needed) return null;
  return {
    for: "the fee of the registration",
    cause: `the node's own account ${formatAddress(address)} holds ${balance} base units, the registration needs ${needed}`,
    remedy: `transfer at least ${needed - balance} base units to ${formatAddress(address)}`,
  };
}

function distinctRuntimes(state: ReadonlyTree, node: Node): Runtime[] {
  const seen = new Map<string, Runtime>();
  for (const entry of node.runtimes ?? []) {
    if (entry === null) continue;
    const runtime = getRuntime(state, entry.id);
    if (runtime !== null) seen.set(toBase64(entry.id), runtime);
  }
  return [...seen.values()];
}
