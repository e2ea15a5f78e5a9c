import { equal } from "../../codec/bytes.ts";
import { type BlockID, isNilBlockId, NIL_BLOCK_ID } from "../block-id.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import {
  announceStep,
  castVote,
  collectParts,
  hasReached,
  isBlock,
  moveTo,
  type RoundMachine,
  requireValid,
} from "./machine.ts";
import { STEP } from "./step.ts";

/** Commits ourselves to the block that has two thirds of the prevotes, or to none. */
export function enterPrecommit(m: RoundMachine, round: number): void {
  if (hasReached(m, round, STEP.precommit)) return;
  const choice = precommitChoice(m, round);
  if (choice !== null) castVote(m, SIGNED_MSG_TYPE.precommit, round, choice);
  moveTo(m, round, STEP.precommit);
  announceStep(m);
}

/**
 * Precommits a decided block that is here, unless we have voted. Others may have decided before we had all of it; our
 * signature still counts for the next block.
 */
export function precommitDecided(m: RoundMachine, round: number): void {
  const { blockId } = m.proposed!;
  if (mayFollow(m, blockId)) castVote(m, SIGNED_MSG_TYPE.precommit, round, blockId);
}

/** Whether no lock keeps us from a decided block: two thirds of the precommits prove the prevotes that we may lack. */
function mayFollow({ locked }: RoundMachine, { hash }: BlockID): boolean {
  return locked === null || equal(locked.blockId.hash, hash);
}

/** What to precommit by the votes of the round; the lock follows. null: a decided block, once it is here. */
function precommitChoice(m: RoundMachine, round: number): BlockID | null {
  const decided = m.votes.precommits(round)?.majority ?? null;
  if (isBlock(decided) && mayFollow(m, decided)) return null;
  const majority = m.votes.prevotes(round)?.majority ?? null;
  if (majority === null) return NIL_BLOCK_ID;
  if (isNilBlockId(majority)) {
    m.locked = null;
    return NIL_BLOCK_ID;
  }
  if (m.locked !== null && equal(m.locked.blockId.hash, majority.hash)) {
    m.locked = { ...m.locked, round };
    return majority;
  }
  if (m.proposed !== null && equal(m.proposed.blockId.hash, majority.hash)) {
    requireValid(m, m.proposed.block);
    m.locked = { ...m.proposed, round };
    return majority;
  }
  // The others agree on a block that we have not seen: fetch it, and vote for nothing until then.
  m.locked = null;
  collectParts(m, majority);
  return NIL_BLOCK_ID;
}
