import type { KnownSignatures } from "../../crypto/known-signatures.ts";
import type { Block } from "../block.ts";
import { type BlockID, equalPartSetHeaders, isNilBlockId } from "../block-id.ts";
import { type ChainState, nextHeight } from "../chain-state.ts";
import { ChainError } from "../errors.ts";
import { HeightVotes } from "../height-votes.ts";
import { PartAssembly } from "../part-set.ts";
import { NO_ROUND, type Proposal } from "../proposal.ts";
import { NANOS_PER_MILLISECOND, type Time } from "../time.ts";
import type { ValidatorSet } from "../validator-set.ts";
import type { Vote, VoteType } from "../vote.ts";
import type { VoteSet } from "../vote-set.ts";
import type { RoundDeps } from "./round-input.ts";
import { STEP, type Step } from "./step.ts";
import type { RoundTiming } from "./timing.ts";

/** A whole block with its two names. */
export interface KnownBlock {
  block: Block;
  blockId: BlockID;
  /** All parts of its encoding. */
  parts: PartAssembly;
}

/** A block that had two thirds of the prevotes in a round. */
export interface RoundBlock extends KnownBlock {
  round: number;
}

/**
 * The consensus state machine of one node: from height to height, and within a height from round to round until a
 * block has two thirds of the precommits (cometbft.md section 5). The functions of this folder move it, one input at
 * a time, and reach the outside only through its deps.
 *
 * Safety rests on two rules: a validator precommits only a block that had two thirds of the prevotes in the same
 * round, and having precommitted (being locked) prevotes nothing else until it sees two thirds for another in a
 * later round.
 */
export interface RoundMachine {
  readonly timing: RoundTiming;
  readonly deps: RoundDeps;
  /** After the last block. */
  state: ChainState;
  height: bigint;
  round: number;
  step: Step;
  /** When the height starts. */
  startTime: Time;
  /** When the last height was decided; null after a start. */
  commitTime: Time | null;
  /** Validators of the height, their rotation advanced to the round. */
  validators: ValidatorSet;
  votes: HeightVotes;
  /** Precommits for the last height; null before the first block. */
  lastCommit: VoteSet | null;
  proposal: Proposal | null;
  /** The parts being collected: of the proposal, or of a block that others already agree on. */
  parts: PartAssembly | null;
  /** The block of `parts` once all are here. */
  proposed: KnownBlock | null;
  locked: RoundBlock | null;
  /** The block to propose again, should no round have decided. */
  valid: RoundBlock | null;
  /** Round with two thirds of the precommits for a block. */
  commitRound: number;
  precommitWaitTriggered: boolean;
}

/**
 * A machine at the height after the state's last, not started.
 * @param lastCommit verified precommits for the last block; null before the first one
 */
export function createMachine(
  timing: RoundTiming,
  deps: RoundDeps,
  state: ChainState,
  lastCommit: VoteSet | null,
): RoundMachine {
  return { timing, deps, startTime: 0n, commitTime: null, ...freshHeight(state, lastCommit, deps.known) };
}

/** Everything that a new height forgets. */
export function freshHeight(state: ChainState, lastCommit: VoteSet | null, known?: KnownSignatures) {
  const height = nextHeight(state);
  return {
    state,
    height,
    round: 0,
    step: STEP.newHeight,
    validators: state.validators,
    votes: new HeightVotes(state.chain_id, height, state.validators, known),
    lastCommit,
    proposal: null,
    parts: null,
    proposed: null,
    locked: null,
    valid: null,
    commitRound: NO_ROUND,
    precommitWaitTriggered: false,
  } satisfies Partial<RoundMachine>;
}

/** Whether the machine is already at or beyond a step of a round of its height. */
export function hasReached(m: RoundMachine, round: number, step: Step): boolean {
  return round < m.round || (round === m.round && m.step >= step);
}

export function moveTo(m: RoundMachine, round: number, step: Step): void {
  m.round = round;
  m.step = step;
}

/** Tells of the current step. */
export function announceStep(m: RoundMachine): void {
  m.deps.emit({ type: "step", height: m.height, round: m.round, step: m.step });
}

/** Asks for a timeout at the current height. */
export function schedule(m: RoundMachine, durationMs: number, round: number, step: Step): void {
  m.deps.emit({ type: "schedule", timeout: { type: "timeout", height: m.height, round, step, durationMs } });
}

/** Asks for the timeout that starts the height. */
export function scheduleStart(m: RoundMachine): void {
  const untilStart = m.startTime - m.deps.now();
  schedule(m, untilStart > 0n ? Number(untilStart) / Number(NANOS_PER_MILLISECOND) : 0, 0, STEP.newHeight);
}

/** Starts to collect the parts of a block that others know; false when they are being collected already. */
export function collectParts(m: RoundMachine, { part_set_header }: BlockID): boolean {
  if (m.parts !== null && equalPartSetHeaders(m.parts.header, part_set_header)) return false;
  m.proposed = null;
  m.parts = new PartAssembly(part_set_header, maxBlockSize(m));
  return true;
}

export function maxBlockSize(m: RoundMachine): number {
  return Number(m.state.consensus_params.block.max_bytes);
}

/** Whether the proposed block is here and, if it claims an earlier majority, so are the prevotes that prove it. */
export function isProposalComplete(m: RoundMachine): boolean {
  if (m.proposal === null || m.proposed === null) return false;
  const polRound = m.proposal.pol_round;
  return polRound < 0 || (m.votes.prevotes(polRound)?.majority ?? null) !== null;
}

/** Signs a vote if we are a validator and have not voted; it comes back as an input. */
export function castVote(m: RoundMachine, type: VoteType, round: number, blockId: BlockID): void {
  const { address } = m.deps;
  if (address === null) return;
  const index = m.validators.indexOf(address);
  if (index < 0 || m.votes.set(round, type)?.vote(index)) return;
  const unsigned: Vote = {
    type,
    height: m.height,
    round,
    block_id: blockId,
    timestamp: voteTime(m),
    validator_address: address,
    validator_index: index,
    signature: new Uint8Array(0),
  };
  const vote = unlessRefused(m, type, () => m.deps.signVote(unsigned));
  if (vote !== null) m.deps.emit({ type: "made", message: { type: "vote", vote } });
}

/** The signed message, or null when signing it would contradict what was signed before. */
export function unlessRefused<T>(m: RoundMachine, signedType: number, sign: () => T): T | null {
  try {
    return sign();
  } catch (error) {
    if (!(error instanceof ChainError) || error.kind !== "sign-state") throw error;
    m.deps.emit({ type: "refused", signedType, error });
    return null;
  }
}

/** @throws ChainError of kind `corrupt`: two thirds of the validators, or this node's own state, broke the rules */
export function requireValid(m: RoundMachine, block: Block): void {
  if (m.deps.isValid(m.state, block)) return;
  throw new ChainError("corrupt", "two thirds of the validators agree on an invalid block", {
    height: m.height,
  });
}

/** Now, but at least a millisecond after the voted block's time, so that the time of blocks grows. */
function voteTime(m: RoundMachine): Time {
  const now = m.deps.now();
  const voted = m.locked ?? m.proposed;
  if (voted === null) return now;
  const earliest = voted.block.header.time + NANOS_PER_MILLISECOND;
  if (now > earliest) return now;
  return earliest;
}

/** True for the votes of a majority that is not for nil. */
export function isBlock(majority: BlockID | null): majority is BlockID {
  return majority !== null && !isNilBlockId(majority);
}
