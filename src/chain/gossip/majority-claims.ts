import { NO_ROUND } from "../proposal.ts";
import type { RoundMachine } from "../rounds/machine.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import type { VoteSet } from "../vote-set.ts";
import type { VoteSetMaj23 } from "./consensus-message.ts";
import type { StoredCommits } from "./next-vote.ts";
import type { PeerRounds } from "./peer-rounds.ts";

/** The majorities that a peer should know of, so that it tells which of their votes it has (cometbft.md 3.2). */
export function majorityClaims(
  m: Readonly<RoundMachine>,
  store: StoredCommits,
  peer: PeerRounds,
): VoteSetMaj23[] {
  if (peer.height === m.height) {
    const { votes } = m;
    const sets = [votes.prevotes(peer.round), votes.precommits(peer.round), votes.prevotes(peer.polRound)];
    return sets.flatMap(claimOf);
  }
  if (peer.height === 0n || peer.height > m.height || peer.catchupRound === NO_ROUND) return [];
  const commit = peer.height < store.oldestHeight ? null : store.commitAt(peer.height);
  if (commit === null) return [];
  const { height, round, block_id } = commit;
  return [{ height, round, type: SIGNED_MSG_TYPE.precommit, block_id }];
}

function claimOf(set: VoteSet | null): VoteSetMaj23[] {
  if (set === null || set.majority === null) return [];
  const { height, round, type, majority } = set;
  return [{ height, round, type, block_id: majority }];
}
