import { compare, fromHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { BACKEND_VRF, type PrevVRFState } from "../../types/beacon.ts";
import type { Node } from "../../types/node.ts";
import type { NodeStatus } from "../../types/registry.ts";
import type { ConsensusParameters } from "../../types/scheduler.ts";
import { KIND_COMPUTE_EXECUTOR } from "../../types/scheduler.ts";
import * as beacon from "../beacon/state.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { messages } from "../messages.ts";
import { isExpired } from "../registry/node.ts";
import { isEligibleForElection, isFrozen } from "../registry/node-status.ts";
import { getRuntimes } from "../registry/runtime-state.ts";
import { getNodes, requireNodeStatus } from "../registry/state.ts";
import { StakeAccumulator } from "../staking/accumulator.ts";
import { addRewards } from "../staking/rewards.ts";
import { electCommittee } from "./elect-committee.ts";
import { electValidators } from "./elect-validators.ts";
import { electedEvent } from "./events.ts";
import { getParameters } from "./state.ts";

/** A node that may be elected. */
export interface Candidate {
  readonly node: Readonly<Node>;
  readonly status: Readonly<NodeStatus>;
}

/** What all elections of one block share. */
export interface Election {
  readonly ctx: Context;
  readonly epoch: bigint;
  readonly parameters: Readonly<ConsensusParameters>;
  /** The random beacon of the epoch, 32 bytes. */
  readonly entropy: Uint8Array;
  /** Proofs that order the candidates; null with the insecure backend. */
  readonly vrf: PrevVRFState | null;
  readonly stake: StakeAccumulator;
  /** Addresses (hex) of entities that get the election reward. */
  readonly rewardable: Set<string>;
}

/** Elects validators and committees for an epoch. consensus-b.md 3.4. */
export function elect(ctx: Context, epoch: bigint, withRewards: boolean): void {
  ctx.publish(messages.beforeSchedule, epoch);
  const election = prepare(ctx, epoch);
  const candidates = getCandidates(ctx, epoch);

  const validatorEntities = electValidators(
    election,
    candidates.map(({ node }) => node),
  );
  // Nodes that registered during the last epoch have no proof for this one, and could have chosen their key by it.
  const onlyEligible = election.vrf !== null && !election.parameters.debug_allow_weak_alpha;
  const committeeCandidates = candidates.filter(
    ({ status }) => !onlyEligible || isEligibleForElection(status, epoch),
  );
  for (const runtime of getRuntimes(ctx.state)) {
    electCommittee(election, runtime, committeeCandidates, validatorEntities);
  }
  ctx.emit(electedEvent, { kinds: [KIND_COMPUTE_EXECUTOR] });

  if (withRewards) {
    const addresses = Array.from(election.rewardable, (id) => fromHex(id) as Address).sort(compare);
    addRewards(ctx, epoch, election.parameters.reward_factor_epoch_election_any, addresses);
  }
}

function prepare(ctx: Context, epoch: bigint): Election {
  const entropy = beacon.getBeacon(ctx.state);
  if (entropy === null) {
    throw new InvariantError("no random beacon to elect with", { height: ctx.currentHeight });
  }
  const usesVrf = beacon.getParameters(ctx.state).backend === BACKEND_VRF;
  const vrf = usesVrf ? (beacon.getVrfState(ctx.state)?.prev_state ?? null) : null;
  if (usesVrf && vrf === null) {
    throw new InvariantError("no VRF proofs to elect with", { height: ctx.currentHeight });
  }
  return {
    ctx,
    epoch,
    parameters: getParameters(ctx.state),
    entropy,
    vrf,
    stake: new StakeAccumulator(ctx),
    rewardable: new Set(),
  };
}

/** Nodes that are neither frozen nor expired, in order of their ids. */
function getCandidates(ctx: Context, epoch: bigint): Candidate[] {
  return getNodes(ctx.state)
    .map((node) => ({ node, status: requireNodeStatus(ctx.state, node.id) }))
    .filter(({ node, status }) => !isFrozen(status) && !isExpired(node, epoch));
}

/** Whether an entity's stake covers its claims; always with the debug bypass. */
export function hasStake(election: Election, entity: Address): boolean {
  return election.parameters.debug_bypass_stake || election.stake.satisfiesClaims(entity);
}
