import { equal } from "../../codec/bytes.ts";
import { type BlockID, isNilBlockId, NIL_BLOCK_ID } from "../block-id.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import {
  announceStep,
  castVote,
  collectParts,
  hasReached,
  moveTo,
  type RoundMachine,
  requireValid,
} from "./machine.ts";
import { STEP } from "./step.ts";

/** Commits ourselves to the block that has two thirds of the prevotes, or to none. */
export function enterPrecommit(m: RoundMachine, round: number): void {
  if (hasReached(m, round, STEP.precommit)) return;
  castVote(m, SIGNED_MSG_TYPE.precommit, round, precommitChoice(m, round));
  moveTo(m, round, STEP.precommit);
  announceStep(m);
}

/** What to precommit by the prevotes of the round; the lock follows. */
function precommitChoice(m: RoundMachine, round: number): BlockID {
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
