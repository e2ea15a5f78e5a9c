import type { ReadonlyTree } from "../../storage/tree.ts";
import type { Genesis, Proposal, VoteEntry } from "../../types/governance.ts";
import type { Descriptor } from "../../types/upgrade.ts";
import { getActiveProposals, getParameters, getPendingUpgrades, getProposals, getVotes } from "./state.ts";

// Queries of the API over the state of one height (facts/api.md 2.10). An empty list is null, which is how it goes over
// the wire. `getProposal` and `getParameters` of the state serve as they are.

/** Open proposals, by closing epoch and id. */
export function queryActiveProposals(state: ReadonlyTree): Proposal[] | null {
  return nullIfEmpty(getActiveProposals(state));
}

/** All proposals, by id. */
export function queryProposals(state: ReadonlyTree): Proposal[] | null {
  return nullIfEmpty(getProposals(state));
}

/** Votes for a proposal, by voter; null also when there is no such proposal. */
export function queryVotes(state: ReadonlyTree, id: bigint): VoteEntry[] | null {
  return nullIfEmpty(getVotes(state, id));
}

/** Accepted upgrades that are still to come, by epoch. */
export function queryPendingUpgrades(state: ReadonlyTree): Descriptor[] | null {
  return nullIfEmpty(getPendingUpgrades(state));
}

/** The governance part of a genesis document that continues from this state. */
export function queryGenesis(state: ReadonlyTree): Genesis {
  const proposals = queryProposals(state);
  return {
    params: getParameters(state),
    proposals,
    vote_entries: new Map((proposals ?? []).map(({ id }) => [id, queryVotes(state, id)])),
  };
}

function nullIfEmpty<T>(items: T[]): T[] | null {
  return items.length === 0 ? null : items;
}
