import { equal, fromHex, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { Blacklist } from "../../crypto/blacklist.ts";
import { registryErrors } from "../../types/errors.ts";
import type { Node } from "../../types/node.ts";
import { isSingleRole, ROLE_NAMES } from "../../types/roles.ts";
import type { Runtime, RuntimeAdmissionPolicy } from "../../types/runtime.ts";
import { hasRoles, hasRuntime, isExpired } from "./node.ts";

/** Gives the nodes of an entity, expired ones too. */
export type EntityNodes = (entity: PublicKey) => readonly Readonly<Node>[];

/**
 * Whether the shape of a policy is allowed: any node, or whitelists; roles single, keys not blacklisted
 * (consensus-a.md 3.7).
 */
export function isValidAdmissionPolicy(
  policy: Readonly<RuntimeAdmissionPolicy>,
  blacklist: Blacklist,
): boolean {
  const restricted = policy.entity_whitelist !== null || policy.per_role !== null;
  if ((policy.any_node !== null) === restricted) {
    return false;
  }
  const global = policy.entity_whitelist?.entities ?? new Map();
  for (const config of global.values()) {
    if (![...(config.max_nodes ?? new Map()).keys()].every((role) => isSingleRole(Number(role)))) {
      return false;
    }
  }
  const listed = [...global.keys()];
  for (const [role, roleP] of policy.per_role ?? []) {
    if (!isSingleRole(Number(role))) {
      return false;
    }
    listed.push(...(roleP.entity_whitelist?.entities ?? new Map()).keys());
  }
  return listed.every((key) => !blacklist.has(fromHex(String(key)) as PublicKey));
}

/**
 * Checks that a ParaTime admits the node.
 * @throws CodedError registry/16
 */
export function verifyAdmission(
  runtime: Readonly<Runtime>,
  node: Readonly<Node>,
  epoch: bigint,
  entityNodes: EntityNodes,
): void {
  const { entity_whitelist: global, per_role: perRole } = runtime.admission_policy;
  const owner = toHex(node.entity_id);
  const count = (role: number, max: number) => verifyNodeCount(runtime, node, epoch, role, max, entityNodes);
  const roles = [...ROLE_NAMES.keys()].filter((role) => hasRoles(node, role));

  if (global !== null) {
    const config = global.entities?.get(owner);
    if (config === undefined) {
      throw registryErrors.forbidden();
    }
    const maxNodes = config.max_nodes ?? new Map<number, number>();
    if (maxNodes.size > 0) {
      for (const role of roles) {
        // A role without an entry may not be registered at all.
        const max = maxNodes.get(role) ?? 0;
        if (max === 0) {
          throw registryErrors.forbidden();
        }
        count(role, max);
      }
    }
  }

  for (const role of roles) {
    const whitelist = perRole?.get(role)?.entity_whitelist ?? null;
    if (whitelist === null) {
      continue;
    }
    const config = whitelist.entities?.get(owner);
    if (config === undefined) {
      throw registryErrors.forbidden();
    }
    if (config.max_nodes !== 0) {
      count(role, config.max_nodes);
    }
  }
}

/** At most `max` nodes of the owner, the new one included, may be registered for the ParaTime in the role. */
function verifyNodeCount(
  runtime: Readonly<Runtime>,
  node: Readonly<Node>,
  epoch: bigint,
  role: number,
  max: number,
  entityNodes: EntityNodes,
): void {
  const others = entityNodes(node.entity_id).filter(
    (other) =>
      !equal(other.id, node.id) &&
      !isExpired(other, epoch) &&
      hasRuntime(other, runtime.id) &&
      hasRoles(other, role),
  );
  if (others.length + 1 > max) {
    throw registryErrors.forbidden();
  }
}
