import { announceStep, hasReached, moveTo, type RoundMachine, schedule } from "./machine.ts";
import { STEP } from "./step.ts";
import { timeoutMs } from "./timing.ts";

/** Two thirds have prevoted, but not alike, or the block is missing: give the rest some time. */
export function enterPrevoteWait(m: RoundMachine, round: number): void {
  if (hasReached(m, round, STEP.prevoteWait)) return;
  schedule(m, timeoutMs(m.timing.prevote, round), round, STEP.prevoteWait);
  moveTo(m, round, STEP.prevoteWait);
  announceStep(m);
}
