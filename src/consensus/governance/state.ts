import { concat, EMPTY_BYTES, readU64be, u64be } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { encode, u64 } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { governanceErrors } from "../../types/errors.ts";
import { ConsensusParameters, Proposal, Vote, type VoteEntry } from "../../types/governance.ts";
import type { Descriptor } from "../../types/upgrade.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { assertMayChangeParameters } from "../params.ts";
import { decodeState, readSharedState, readState, requireState } from "../state-value.ts";

// Keys: consensus-a.md section 2.
const NEXT_ID = Uint8Array.of(0x80);
const PROPOSAL = Uint8Array.of(0x81);
const ACTIVE = Uint8Array.of(0x82);
const VOTE = Uint8Array.of(0x83);
const PENDING_UPGRADE = Uint8Array.of(0x84);
const PARAMETERS = Uint8Array.of(0x85);

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

/** Id of the next proposal. */
export function getNextId(state: ReadonlyTree): bigint {
  return readState(state, u64, NEXT_ID) ?? 0n;
}

export function setNextId(state: KeyValueTree, id: bigint): void {
  state.insert(NEXT_ID, encode(u64, id));
}

/** The result belongs to the caller. @throws governance/5 when there is none */
export function getProposal(state: ReadonlyTree, id: bigint): Proposal {
  const proposal = readState(state, Proposal, concat(PROPOSAL, u64be(id)));
  if (proposal === null) {
    throw governanceErrors.noSuchProposal();
  }
  return proposal;
}

/** All proposals by id. */
export function getProposals(state: ReadonlyTree): Proposal[] {
  return Array.from(state.prefix(PROPOSAL), ([key, value]) => decodeState(Proposal, key, value));
}

export function setProposal(state: KeyValueTree, proposal: Proposal): void {
  state.insert(concat(PROPOSAL, u64be(proposal.id)), encode(Proposal, proposal));
}

/** Open proposals by closing epoch, then id. */
export function getActiveProposals(state: ReadonlyTree): Proposal[] {
  return Array.from(state.prefix(ACTIVE), ([key]) => getProposal(state, readU64be(key, 9)));
}

export function setActiveProposal(state: KeyValueTree, proposal: Proposal): void {
  setProposal(state, proposal);
  state.insert(activeKey(proposal), EMPTY_BYTES);
}

/** Takes a proposal off the list of open ones. */
export function removeActiveProposal(state: KeyValueTree, proposal: Proposal): void {
  state.remove(activeKey(proposal));
}

function activeKey({ closes_at: epoch, id }: Proposal): Uint8Array {
  return concat(ACTIVE, u64be(epoch), u64be(id));
}

/** Votes for a proposal, by voter. */
export function getVotes(state: ReadonlyTree, id: bigint): VoteEntry[] {
  return Array.from(state.prefix(concat(VOTE, u64be(id))), ([key, value]) => ({
    voter: key.subarray(9) as Address,
    vote: decodeState(Vote, key, value),
  }));
}

export function setVote(state: KeyValueTree, id: bigint, voter: Address, vote: number): void {
  state.insert(concat(VOTE, u64be(id), voter), encode(Vote, vote));
}

/** Accepted upgrades that are still to come, by epoch. */
export function getPendingUpgrades(state: ReadonlyTree): Descriptor[] {
  return Array.from(state.prefix(PENDING_UPGRADE), ([key]) => {
    const { content, id } = getProposal(state, readU64be(key, 9));
    if (content.upgrade === null) {
      throw new InvariantError(`pending upgrade of proposal ${id} has no descriptor`);
    }
    return content.upgrade;
  });
}

/**
 * The upgrade of a proposal while it is pending.
 * @throws governance/5 without such a proposal, governance/4 when it is no pending upgrade
 */
export function getPendingUpgrade(state: ReadonlyTree, id: bigint): Descriptor {
  const { upgrade } = getProposal(state, id).content;
  if (upgrade === null || state.get(pendingUpgradeKey(upgrade.epoch, id)) === null) {
    throw governanceErrors.noSuchUpgrade();
  }
  return upgrade;
}

export function setPendingUpgrade(state: KeyValueTree, id: bigint, { epoch }: Descriptor): void {
  state.insert(pendingUpgradeKey(epoch, id), EMPTY_BYTES);
}

export function removePendingUpgrade(state: KeyValueTree, id: bigint, epoch: bigint): void {
  state.remove(pendingUpgradeKey(epoch, id));
}

export function removePendingUpgradesOf(state: KeyValueTree, epoch: bigint): void {
  for (const [key] of [...state.prefix(concat(PENDING_UPGRADE, u64be(epoch)))]) {
    state.remove(key);
  }
}

function pendingUpgradeKey(epoch: bigint, id: bigint): Uint8Array {
  return concat(PENDING_UPGRADE, u64be(epoch), u64be(id));
}
