import { equal } from "../../codec/bytes.ts";
import { isNilBlockId } from "../block-id.ts";
import { SIGNED_MSG_TYPE, type Vote } from "../vote.ts";
import { enterCommit } from "./enter-commit.ts";
import { enterNewRound } from "./enter-new-round.ts";
import { enterPrecommit } from "./enter-precommit.ts";
import { enterPrecommitWait } from "./enter-precommit-wait.ts";
import { enterPrevote } from "./enter-prevote.ts";
import { enterPrevoteWait } from "./enter-prevote-wait.ts";
import { collectParts, isBlock, isProposalComplete, type RoundMachine } from "./machine.ts";
import { STEP } from "./step.ts";
import { skipsCommitTimeout } from "./timing.ts";

/**
 * Counts a vote of the current height, or a late precommit for the last one; true when it was counted.
 * @throws ChainError when it does not verify
 */
export function addVote(m: RoundMachine, vote: Vote, peer: string): boolean {
  const isLate = vote.height + 1n === m.height && vote.type === SIGNED_MSG_TYPE.precommit;
  const set = isLate && m.step === STEP.newHeight ? m.lastCommit : null;
  if (!isLate && vote.height !== m.height) return false;
  const outcome = isLate ? (set?.add(vote) ?? null) : m.votes.add(vote, peer);
  if (outcome === null) return false;
  if (outcome.conflict !== null) m.deps.emit({ type: "conflict", votes: [outcome.conflict, vote] });
  if (outcome.added) m.deps.emit({ type: "vote", vote });
  return outcome.added;
}

/** What a counted vote brings about. */
export function countedVote(m: RoundMachine, vote: Vote): void {
  if (vote.height !== m.height) {
    if (skipsCommitTimeout(m.timing.pacing) && m.lastCommit?.hasAll) enterNewRound(m, 0);
  } else if (vote.type === SIGNED_MSG_TYPE.prevote) {
    countedPrevote(m, vote.round);
  } else {
    countedPrecommit(m, vote.round);
  }
}

function countedPrevote(m: RoundMachine, round: number): void {
  const prevotes = m.votes.prevotes(round)!;
  if (prevotes.majority !== null) followMajority(m, round);
  if (m.round < round && prevotes.hasTwoThirdsAny) {
    enterNewRound(m, round);
  } else if (m.round === round && m.step >= STEP.prevote) {
    const { majority } = prevotes;
    if (majority !== null && (isProposalComplete(m) || isNilBlockId(majority))) enterPrecommit(m, round);
    else if (prevotes.hasTwoThirdsAny) enterPrevoteWait(m, round);
  } else if (m.proposal !== null && m.proposal.pol_round === round && isProposalComplete(m)) {
    enterPrevote(m, m.round);
  }
}

/** Two thirds of the prevotes of a round free us from an older lock, and name the block to go on with. */
function followMajority(m: RoundMachine, round: number): void {
  const majority = m.votes.prevotes(round)!.majority!;
  const { locked } = m;
  if (
    locked !== null &&
    locked.round < round &&
    round <= m.round &&
    !equal(locked.blockId.hash, majority.hash)
  ) {
    m.locked = null;
  }
  if (!isBlock(majority) || round !== m.round || (m.valid !== null && m.valid.round >= round)) return;
  if (m.proposed !== null && equal(m.proposed.blockId.hash, majority.hash)) {
    m.valid = { ...m.proposed, round };
  } else {
    m.proposed = null;
  }
  collectParts(m, majority);
  m.deps.emit({ type: "valid-block", height: m.height, round: m.round, isCommit: false });
}

function countedPrecommit(m: RoundMachine, round: number): void {
  const precommits = m.votes.precommits(round)!;
  const { majority } = precommits;
  if (majority !== null) {
    enterNewRound(m, round);
    enterPrecommit(m, round);
    if (isNilBlockId(majority)) enterPrecommitWait(m, round);
    else enterCommit(m, round);
  } else if (m.round <= round && precommits.hasTwoThirdsAny) {
    enterNewRound(m, round);
    enterPrecommitWait(m, round);
  }
}
