import { equalPartSetHeaders, type PartSetHeader } from "../block-id.ts";
import { NO_ROUND, type Proposal } from "../proposal.ts";
import { STEP } from "../rounds/step.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import { type Bits, noBits, setBit } from "./bit-array.ts";
import type { NewRoundStep, NewValidBlock, ProposalPol, VoteSetBits } from "./consensus-message.ts";

/** Which votes are meant. */
export interface VotesPosition {
  readonly height: bigint;
  readonly round: number;
  /** One of SIGNED_MSG_TYPE. */
  readonly type: number;
}

/** The parts of a block that a peer is known to have. */
export interface KnownParts {
  readonly header: PartSetHeader;
  readonly bits: Bits;
}

/**
 * What we know of a peer's place in the rounds, and of what it has: by what it said, what it sent us, and what we
 * sent it (cometbft.md 3.2, peer state).
 */
export class PeerRounds {
  /** 0 until the peer has said where it is. */
  height = 0n;
  round = NO_ROUND;
  step: number = STEP.newHeight;
  hasProposal = false;
  parts: KnownParts | null = null;
  polRound = NO_ROUND;
  lastCommitRound = NO_ROUND;
  /** Round of the commit that we are sending because the peer is behind. */
  catchupRound = NO_ROUND;
  #pol: Bits | null = null;
  #prevotes: Bits | null = null;
  #precommits: Bits | null = null;
  #lastCommit: Bits | null = null;
  #catchup: Bits | null = null;

  /** The peer says where it is; going back is ignored. */
  newRoundStep(next: NewRoundStep): void {
    if (!this.#isBefore(next)) return;
    const { height, round, catchupRound } = this;
    const precommits = this.#precommits;
    const catchup = this.#catchup;
    this.height = next.height;
    this.round = next.round;
    this.step = next.step;
    if (height === next.height && round === next.round) return;
    this.hasProposal = false;
    this.parts = null;
    this.polRound = NO_ROUND;
    this.#pol = null;
    this.#prevotes = null;
    this.#precommits = null;
    if (height === next.height) {
      if (next.round === catchupRound) this.#precommits = catchup;
      return;
    }
    const isFollowing = height + 1n === next.height && round === next.last_commit_round;
    this.lastCommitRound = next.last_commit_round;
    this.#lastCommit = isFollowing ? precommits : null;
    this.catchupRound = NO_ROUND;
    this.#catchup = null;
  }

  /** The peer says which parts of a block it has, and so also which block it is after. */
  newValidBlock({ height, round, block_part_set_header, block_parts, is_commit }: NewValidBlock): void {
    if (height !== this.height || (round !== this.round && !is_commit) || block_parts === null) return;
    this.parts = { header: block_part_set_header, bits: block_parts };
  }

  /** The peer has the proposal: it sent it, or we did. */
  noteProposal({ height, round, pol_round, block_id }: Proposal): void {
    if (height !== this.height || round !== this.round || this.hasProposal) return;
    this.hasProposal = true;
    // What the peer itself said of its parts counts more.
    if (this.parts !== null) return;
    this.expectParts(block_id.part_set_header);
    this.polRound = pol_round;
    this.#pol = null;
  }

  /** The peer is after a block of which it has nothing yet. */
  expectParts(header: PartSetHeader): void {
    this.parts = { header, bits: noBits(header.total) };
  }

  notePart(height: bigint, round: number, index: number): void {
    if (height === this.height && round === this.round) setBit(this.parts?.bits ?? null, index);
  }

  isAfter(header: PartSetHeader): boolean {
    return this.parts !== null && equalPartSetHeaders(this.parts.header, header);
  }

  proposalPol({ height, proposal_pol_round, proposal_pol }: ProposalPol): void {
    if (height === this.height && proposal_pol_round === this.polRound) this.#pol = proposal_pol;
  }

  /**
   * The votes the peer has, so far as we know; null where we do not send it any.
   * @param size validators of that height
   */
  votes(at: VotesPosition, size: number): Bits | null {
    this.#open(at.height, size);
    return this.#find(at);
  }

  /** Whether the peer counts such a vote where it is now: in its round, or as a late precommit for the last height. */
  counts({ height, round, type }: VotesPosition): boolean {
    if (height === this.height) return round === this.round;
    const isLastCommit = height + 1n === this.height && round === this.lastCommitRound;
    return isLastCommit && type === SIGNED_MSG_TYPE.precommit && this.step === STEP.newHeight;
  }

  noteVote(at: VotesPosition, index: number): void {
    setBit(this.#find(at), index);
  }

  /** The peer says which votes for a block it has; `ours` are the votes for that block that we have, if we know it. */
  voteSetBits(said: VoteSetBits, ours: Bits | null): void {
    const known = this.#find(said);
    if (known === null) return;
    for (let index = 0; index < known.length; index++) {
      const isElsewhere = ours !== null && known[index]! && !ours[index];
      known[index] = isElsewhere || said.votes[index] === true;
    }
  }

  /** We are sending a stored commit of the peer's height. */
  beginCatchup(height: bigint, round: number, size: number): void {
    if (height !== this.height || this.catchupRound === round) return;
    this.catchupRound = round;
    if (round === this.round) this.#precommits ??= noBits(size);
    this.#catchup = round === this.round ? this.#precommits : noBits(size);
  }

  #isBefore({ height, round, step }: NewRoundStep): boolean {
    if (height !== this.height) return height > this.height;
    if (round !== this.round) return round > this.round;
    return step > this.step;
  }

  #open(height: bigint, size: number): void {
    if (height === this.height) {
      this.#prevotes ??= noBits(size);
      this.#precommits ??= noBits(size);
      this.#pol ??= noBits(size);
    } else if (height + 1n === this.height) {
      this.#lastCommit ??= noBits(size);
    }
  }

  #find({ height, round, type }: VotesPosition): Bits | null {
    const isPrevote = type === SIGNED_MSG_TYPE.prevote;
    if (height === this.height) {
      if (round === this.round) return isPrevote ? this.#prevotes : this.#precommits;
      if (round === this.catchupRound && !isPrevote) return this.#catchup;
      return round === this.polRound && isPrevote ? this.#pol : null;
    }
    return height + 1n === this.height && round === this.lastCommitRound && !isPrevote
      ? this.#lastCommit
      : null;
  }
}
