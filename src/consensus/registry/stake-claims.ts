import { toBase64, toHex } from "../../codec/bytes.ts";
import type { Address, Namespace, PublicKey } from "../../codec/common-types.ts";
import { runtimeAddress, stakingAddress } from "../../types/account-address.ts";
import type { Node } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_KEY_MANAGER, ROLE_OBSERVER, ROLE_VALIDATOR } from "../../types/roles.ts";
import { GOVERNANCE_ENTITY, GOVERNANCE_RUNTIME, KIND_COMPUTE, type Runtime } from "../../types/runtime.ts";
import {
  KIND_ENTITY,
  KIND_NODE_COMPUTE,
  KIND_NODE_KEY_MANAGER,
  KIND_NODE_OBSERVER,
  KIND_NODE_VALIDATOR,
  KIND_RUNTIME_COMPUTE,
  KIND_RUNTIME_KEY_MANAGER,
  type StakeThreshold,
} from "../../types/staking.ts";
import { hasRoles } from "./node.ts";

/** Name of the claim that an entity's registration puts on its stake. */
export const ENTITY_CLAIM = "registry.RegisterEntity";

/** What an entity's registration needs. */
export const ENTITY_THRESHOLDS: readonly StakeThreshold[] = [global(KIND_ENTITY)];

/** Name of the claim of a node's registration. */
export function nodeClaim(id: PublicKey): string {
  return `registry.RegisterNode.${toBase64(id)}`;
}

/** Name of the claim of a ParaTime's registration. */
export function runtimeClaim(id: Namespace): string {
  return `registry.RegisterRuntime.${toHex(id)}`;
}

/** The roles that need stake for every ParaTime, in the order in which the thresholds are stored. */
const ROLE_THRESHOLDS: readonly (readonly [role: number, kind: number])[] = [
  [ROLE_KEY_MANAGER, KIND_NODE_KEY_MANAGER],
  [ROLE_COMPUTE_WORKER, KIND_NODE_COMPUTE],
  [ROLE_OBSERVER, KIND_NODE_OBSERVER],
];

/**
 * What a node's registration needs, in the order in which it is stored (consensus-a.md 3.3). Null when nothing: the
 * claim is stored with a null list then. `runtimes` are the node's distinct ParaTimes in the order of its descriptor.
 */
export function nodeThresholds(
  node: Readonly<Node>,
  runtimes: readonly Readonly<Runtime>[],
): StakeThreshold[] | null {
  const thresholds: StakeThreshold[] = [];
  if (hasRoles(node, ROLE_VALIDATOR)) {
    thresholds.push(global(KIND_NODE_VALIDATOR));
  }
  for (const runtime of runtimes) {
    for (const [role, kind] of ROLE_THRESHOLDS) {
      if (!hasRoles(node, role)) {
        continue;
      }
      thresholds.push(global(kind));
      const own = runtime.staking.thresholds?.get(kind) ?? 0n;
      if (own !== 0n) {
        thresholds.push({ global: null, const: own });
      }
    }
  }
  return thresholds.length === 0 ? null : thresholds;
}

/** What a ParaTime's registration needs. */
export function runtimeThresholds(runtime: Pick<Runtime, "kind">): StakeThreshold[] {
  return [global(runtime.kind === KIND_COMPUTE ? KIND_RUNTIME_COMPUTE : KIND_RUNTIME_KEY_MANAGER)];
}

/** Account whose stake backs a ParaTime; null when the consensus layer governs it, which needs no stake. */
export function runtimeStakingAddress(
  runtime: Readonly<Pick<Runtime, "governance_model" | "entity_id" | "id">>,
): Address | null {
  switch (runtime.governance_model) {
    case GOVERNANCE_ENTITY:
      return stakingAddress(runtime.entity_id);
    case GOVERNANCE_RUNTIME:
      return runtimeAddress(runtime.id);
    default:
      return null;
  }
}

function global(kind: number): StakeThreshold {
  return { global: kind, const: null };
}
