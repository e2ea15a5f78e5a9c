import type { Random } from "../../p2p/comet/random.ts";
import { BLOCK_ID_FLAG, type Commit } from "../commit.ts";
import { NO_ROUND } from "../proposal.ts";
import type { RoundMachine } from "../rounds/machine.ts";
import { STEP } from "../rounds/step.ts";
import { precommitOf, SIGNED_MSG_TYPE, type Vote } from "../vote.ts";
import type { VoteSet } from "../vote-set.ts";
import { pickMissing } from "./bit-array.ts";
import type { NextMessage } from "./next-data.ts";
import type { PeerRounds } from "./peer-rounds.ts";

/** The commits that lagging peers live on. */
export interface StoredCommits {
  readonly oldestHeight: bigint;
  commitAt(height: bigint): Commit | null;
}

/** The next vote that a peer lacks; null when it lacks none (cometbft.md 3.2, vote loop). */
export function nextVote(
  m: Readonly<RoundMachine>,
  store: StoredCommits,
  peer: PeerRounds,
  random: Random,
): NextMessage | null {
  if (peer.height === 0n || peer.height > m.height) return null;
  if (peer.height + 1n < m.height) return storedVote(store, peer, random);
  for (const set of peer.height === m.height ? usefulSets(m, peer) : [m.lastCommit]) {
    const next = set && voteOf(set, peer, random);
    if (next) return next;
  }
  return null;
}

/** The votes of our height that bring the peer on from where it is, the most urgent first. */
function usefulSets(
  { votes, lastCommit, round }: Readonly<RoundMachine>,
  peer: PeerRounds,
): (VoteSet | null)[] {
  const sets: (VoteSet | null)[] = [];
  const pol = peer.polRound === NO_ROUND ? null : votes.prevotes(peer.polRound);
  const isReached = peer.round !== NO_ROUND && peer.round <= round;
  if (peer.step === STEP.newHeight) sets.push(lastCommit);
  if (isReached) {
    if (peer.step <= STEP.propose) sets.push(pol);
    const prevotes = votes.prevotes(peer.round);
    if (peer.step <= STEP.prevoteWait) sets.push(prevotes);
    if (peer.step <= STEP.precommitWait) sets.push(votes.precommits(peer.round));
    sets.push(prevotes);
  }
  sets.push(pol);
  return sets;
}

function voteOf(set: VoteSet, peer: PeerRounds, random: Random): NextMessage | null {
  const size = set.validators.size;
  // A decided round is worth having whatever round the peer is in.
  if (set.type === SIGNED_MSG_TYPE.precommit && set.majority !== null) {
    peer.beginCatchup(set.height, set.round, size);
  }
  const known = peer.votes(set, size);
  if (known === null) return null;
  const index = pickMissing(set.bits(), known, random);
  return index < 0 ? null : voteMessage(set.vote(index)!, peer);
}

function storedVote(store: StoredCommits, peer: PeerRounds, random: Random): NextMessage | null {
  if (peer.height < store.oldestHeight) return null;
  const commit = store.commitAt(peer.height);
  if (commit === null) return null;
  const { height, round, signatures } = commit;
  peer.beginCatchup(height, round, signatures.length);
  const known = peer.votes({ height, round, type: SIGNED_MSG_TYPE.precommit }, signatures.length);
  if (known === null) return null;
  const present = signatures.map(({ block_id_flag }) => block_id_flag !== BLOCK_ID_FLAG.absent);
  const index = pickMissing(present, known, random);
  return index < 0 ? null : voteMessage(precommitOf(commit, index)!, peer);
}

function voteMessage(vote: Vote, peer: PeerRounds): NextMessage {
  return {
    message: { type: "vote", value: { vote } },
    note: () => peer.noteVote(vote, vote.validator_index),
  };
}
