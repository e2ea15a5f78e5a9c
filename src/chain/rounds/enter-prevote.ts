import { type BlockID, NIL_BLOCK_ID } from "../block-id.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import { announceStep, castVote, hasReached, moveTo, type RoundMachine } from "./machine.ts";
import { STEP } from "./step.ts";

/** Votes for or against the proposal: it is complete, or its time is over. */
export function enterPrevote(m: RoundMachine, round: number): void {
  if (hasReached(m, round, STEP.prevote)) return;
  castVote(m, SIGNED_MSG_TYPE.prevote, round, prevoteChoice(m));
  moveTo(m, round, STEP.prevote);
  announceStep(m);
}

/** The block we are locked on; else the proposed one if the rules and the application accept it; else nil. */
function prevoteChoice({ locked, proposed, deps, state }: RoundMachine): BlockID {
  if (locked !== null) return locked.blockId;
  if (proposed === null || !deps.isValid(state, proposed.block)) return NIL_BLOCK_ID;
  return deps.isAcceptable(state, proposed.block, proposed.blockId.hash) ? proposed.blockId : NIL_BLOCK_ID;
}
