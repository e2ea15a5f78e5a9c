import { equal, toHex, utf8 } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { Node } from "../../types/node.ts";
import { KIND_COMPUTE, type Runtime, type SchedulingConstraints } from "../../types/runtime.ts";
import {
  type CommitteeNode,
  KIND_COMPUTE_EXECUTOR,
  ROLE_BACKUP_WORKER,
  ROLE_WORKER,
} from "../../types/scheduler.ts";
import { hasFeature261 } from "../features.ts";
import { type Candidate, type Election, hasStake } from "./elect.ts";
import { isEligibleWorker } from "./eligible.ts";
import { forcedMembers, isForced, isForcing, placeForced } from "./force-elect.ts";
import { Random } from "./random.ts";
import { removeCommittee, setCommittee } from "./state.ts";
import { committeeDomain, deduplicationDomain, orderByBeta, proofOf } from "./vrf-order.ts";

/** Roles with the name that separates their random numbers. Workers come first: others rely on the order. */
const ROLES = [
  { role: ROLE_WORKER, rng: utf8("EkS-ABCI-ComputeWorker") },
  { role: ROLE_BACKUP_WORKER, rng: utf8("EkS-ABCI-ComputeBackup-Worker") },
] as const;
type RoleEntry = (typeof ROLES)[number];

/**
 * Elects the executor committee of a ParaTime and stores it, or removes the one that is there when none can be
 * elected. consensus-b.md 3.7.
 *
 * @param candidates in order of their ids
 * @param validatorEntities addresses (hex) of entities that were just elected validators
 */
export function electCommittee(
  election: Election,
  runtime: Readonly<Runtime>,
  candidates: readonly Candidate[],
  validatorEntities: ReadonlySet<string>,
): void {
  const { ctx } = election;
  // Before 26.1 key managers went through the election as well, without effect unless they set a group size.
  if (runtime.kind !== KIND_COMPUTE && hasFeature261(ctx)) {
    return;
  }
  const members = electMembers(election, runtime, candidates, validatorEntities);
  if (members === null) {
    removeCommittee(ctx.state, KIND_COMPUTE_EXECUTOR, runtime.id);
    return;
  }
  setCommittee(ctx.state, {
    kind: KIND_COMPUTE_EXECUTOR,
    members,
    runtime_id: runtime.id,
    valid_for: election.epoch,
  });
}

function electMembers(
  election: Election,
  runtime: Readonly<Runtime>,
  candidates: readonly Candidate[],
  validatorEntities: ReadonlySet<string>,
): CommitteeNode[] | null {
  const weakEntropy =
    election.vrf !== null && !election.vrf.can_elect && !election.parameters.debug_allow_weak_alpha;
  if (weakEntropy || runtime.executor.group_size === 0) {
    return null;
  }
  const standing = selectStanding(election, runtime, candidates, validatorEntities);
  const members: CommitteeNode[] = [];
  for (const entry of ROLES.filter(({ role }) => groupSize(runtime, role) > 0)) {
    const elected = electRole(election, runtime, entry, standing.get(entry.role) ?? []);
    if (elected === null) {
      return null;
    }
    members.push(...elected.map((key) => ({ role: entry.role, public_key: key })));
  }
  return members;
}

function groupSize(runtime: Readonly<Runtime>, role: number): number {
  return role === ROLE_WORKER ? runtime.executor.group_size : runtime.executor.group_backup_size;
}

function constraintsOf(runtime: Readonly<Runtime>, role: number): SchedulingConstraints | undefined {
  return runtime.constraints?.get(KIND_COMPUTE_EXECUTOR)?.get(role);
}

/** Candidates per role. Their entities are rewarded even if no committee comes about in the end. */
function selectStanding(
  election: Election,
  runtime: Readonly<Runtime>,
  candidates: readonly Candidate[],
  validatorEntities: ReadonlySet<string>,
): Map<number, Readonly<Node>[]> {
  const standing = new Map<number, Readonly<Node>[]>();
  for (const candidate of candidates) {
    const { node } = candidate;
    const entity = stakingAddress(node.entity_id);
    if (!hasStake(election, entity) || !isEligibleWorker(election, candidate, runtime)) {
      continue;
    }
    if (
      election.vrf !== null &&
      proofOf(election.vrf, node.id) === null &&
      !isForced(election, runtime, node.id)
    ) {
      continue;
    }
    const id = toHex(entity);
    for (const { role } of ROLES.filter((entry) => groupSize(runtime, entry.role) > 0)) {
      if (constraintsOf(runtime, role)?.validator_set && !validatorEntities.has(id)) {
        continue;
      }
      standing.set(role, [...(standing.get(role) ?? []), node]);
      election.rewardable.add(id);
    }
  }
  return standing;
}

/** The nodes elected into a role, in the order of the committee; null when the role cannot be filled. */
function electRole(
  election: Election,
  runtime: Readonly<Runtime>,
  entry: RoleEntry,
  standing: readonly Readonly<Node>[],
): PublicKey[] | null {
  const { role } = entry;
  const places = groupSize(runtime, role);
  const constraints = constraintsOf(runtime, role);
  const limit = constraints?.max_nodes?.limit ?? null;
  if (limit !== null && limit > 0 && isForcing(election)) {
    return null;
  }
  const nodes =
    limit !== null && limit > 0 ? keepPerEntity(election, runtime, role, standing, limit) : standing;
  if (nodes.length < (constraints?.min_pool_size?.limit ?? 0) || nodes.length < places) {
    return null;
  }
  const ordered = orderNodes(election, runtime, entry, nodes);
  const forced = forcedMembers(election, runtime, role, nodes, places);
  if (forced === null) {
    return null;
  }
  const elected = [...forced.nodes];
  const perEntity = new Map<string, number>();
  for (const node of ordered) {
    if (elected.length >= places) {
      break;
    }
    if (forced.nodes.some((id) => equal(id, node.id))) {
      continue;
    }
    const entity = toHex(node.entity_id);
    const count = perEntity.get(entity) ?? 0;
    // Only a limit of 0, which nothing was filtered by, can be exceeded here.
    if (limit !== null && count >= limit) {
      return null;
    }
    perEntity.set(entity, count + 1);
    elected.push(node.id);
  }
  return elected.length === places ? placeForced(elected, forced, role) : null;
}

/** At most `limit` nodes of each entity: the first by VRF output, or without VRF by id. */
function keepPerEntity(
  { ctx, epoch, vrf }: Election,
  runtime: Readonly<Runtime>,
  role: number,
  nodes: readonly Readonly<Node>[],
  limit: number,
): Readonly<Node>[] {
  const domain = deduplicationDomain({
    chainContext: ctx.chain.chainContext,
    epoch,
    runtimeId: runtime.id,
    kind: KIND_COMPUTE_EXECUTOR,
    role,
  });
  const ordered = vrf === null ? nodes : orderByBeta(nodes, vrf, domain);
  const counts = new Map<string, number>();
  return ordered.filter((node) => {
    const entity = toHex(node.entity_id);
    const count = counts.get(entity) ?? 0;
    counts.set(entity, count + 1);
    return count < limit;
  });
}

function orderNodes(
  { ctx, epoch, entropy, vrf }: Election,
  runtime: Readonly<Runtime>,
  { role, rng }: RoleEntry,
  nodes: readonly Readonly<Node>[],
): Readonly<Node>[] {
  if (vrf === null) {
    return new Random(entropy, runtime.id, rng).perm(nodes.length).map((index) => nodes[index]!);
  }
  const domain = committeeDomain({
    chainContext: ctx.chain.chainContext,
    epoch,
    runtimeId: runtime.id,
    kind: KIND_COMPUTE_EXECUTOR,
    role,
  });
  return orderByBeta(nodes, vrf, domain);
}
