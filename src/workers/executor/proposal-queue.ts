import type { Proposal } from "../../types/roothash-commitment.ts";

/** A proposal with the rank of who made it. */
export interface RankedProposal {
  readonly proposal: Proposal;
  readonly rank: bigint;
}

/** Most proposals that wait; those of the rounds furthest ahead go first. */
export const MAX_PROPOSALS = 32;

/**
 * Signed proposals of schedulers by round and rank, the newest of each (oasis-core v26.1
 * go/worker/compute/executor/committee/proposals.go).
 */
export class ProposalQueue {
  #list: RankedProposal[] = [];
  #round = 0n;

  get size(): number {
    return this.#list.length;
  }

  /**
   * Takes a proposal that was verified.
   * @returns `past` when its round is over, `full` when there is no room for it
   */
  add(proposal: Proposal, rank: bigint): "added" | "past" | "full" {
    const { round } = proposal.header;
    if (round < this.#round) return "past";
    const added = { proposal, rank };
    this.#list = this.#list.filter((other) => other.rank !== rank || other.proposal.header.round !== round);
    this.#list.push(added);
    this.#list.sort(inOrder);
    if (this.#list.length <= MAX_PROPOSALS) return "added";
    return this.#list.pop() === added ? "full" : "added";
  }

  /** The proposal of the best rank within the bounds; null when there is none. @param done ranks that are done with */
  best(round: bigint, minRank: bigint, maxRank: bigint, done: ReadonlySet<bigint>): RankedProposal | null {
    return (
      this.#list.find(
        ({ proposal, rank }) =>
          proposal.header.round === round && rank >= minRank && rank <= maxRank && !done.has(rank),
      ) ?? null
    );
  }

  /** Drops a proposal that is no use. */
  remove(proposal: Proposal): void {
    this.#list = this.#list.filter((other) => other.proposal !== proposal);
  }

  /** Rounds before `round` are over. */
  prune(round: bigint): void {
    this.#round = round;
    this.#list = this.#list.filter(({ proposal }) => proposal.header.round >= round);
  }
}

function inOrder(a: RankedProposal, b: RankedProposal): number {
  return compare(a.proposal.header.round, b.proposal.header.round) || compare(a.rank, b.rank);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
