import { toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import type { VoteEntry } from "../../types/governance.ts";
import type { SharePool } from "../../types/staking.ts";
import { InvariantError } from "../errors.ts";
import { stakeForShares } from "../staking/share-pool.ts";

/** Shares that a voter delegates to an account. */
export interface VoterDelegation {
  readonly escrow: Address;
  readonly shares: bigint;
}

export interface Tally {
  /** Stake by vote. A vote whose shares all went elsewhere is there with 0. */
  readonly results: Map<number, bigint>;
  /** Votes of accounts that delegate to no validator. */
  readonly invalidVotes: bigint;
}

/**
 * Counts votes: each validator's entity votes with all shares in its pool, except for those whose delegators voted
 * differently. consensus-a.md section 5.
 *
 * @param pools active escrow of the validators' entities, by address (hex)
 * @param votes in order of the voters
 * @param delegationsOf delegations of a voter
 */
export function tally(
  pools: ReadonlyMap<string, Readonly<SharePool>>,
  votes: readonly VoteEntry[],
  delegationsOf: (voter: Address) => readonly VoterDelegation[],
): Tally {
  const entityVotes = new Map<string, number>();
  const shares = new Map(Array.from(pools.keys(), (id) => [id, new Map<number, bigint>()]));
  const add = (entity: string, vote: number, amount: bigint) => {
    const votesOf = shares.get(entity)!;
    const sum = (votesOf.get(vote) ?? 0n) + amount;
    if (sum < 0n) {
      throw new InvariantError("more shares voted differently than the entity has", { key: entity });
    }
    votesOf.set(vote, sum);
  };

  for (const { voter, vote } of votes) {
    const id = toHex(voter);
    const pool = pools.get(id);
    if (pool !== undefined) {
      entityVotes.set(id, vote);
      add(id, vote, pool.total_shares);
    }
  }

  let invalidVotes = 0n;
  for (const { voter, vote } of votes) {
    const delegations = delegationsOf(voter).filter(({ escrow }) => pools.has(toHex(escrow)));
    for (const { escrow, shares: amount } of delegations) {
      const id = toHex(escrow);
      const entityVote = entityVotes.get(id);
      if (entityVote === vote) {
        continue;
      }
      if (entityVote !== undefined) {
        add(id, entityVote, -amount);
      }
      add(id, vote, amount);
    }
    if (delegations.length === 0) {
      invalidVotes++;
    }
  }
  return { results: sharesToStake(pools, shares), invalidVotes };
}

function sharesToStake(
  pools: ReadonlyMap<string, Readonly<SharePool>>,
  shares: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
): Map<number, bigint> {
  const results = new Map<number, bigint>();
  for (const [id, votesOf] of shares) {
    for (const [vote, amount] of votesOf) {
      results.set(vote, (results.get(vote) ?? 0n) + stakeForShares(pools.get(id)!, amount));
    }
  }
  return results;
}
