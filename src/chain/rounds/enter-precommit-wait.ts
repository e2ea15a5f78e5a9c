import { announceStep, type RoundMachine, schedule } from "./machine.ts";
import { STEP } from "./step.ts";
import { timeoutMs } from "./timing.ts";

/** Two thirds have precommitted, but not one block: give the rest some time before the next round. */
export function enterPrecommitWait(m: RoundMachine, round: number): void {
  if (round < m.round || (round === m.round && m.precommitWaitTriggered)) return;
  schedule(m, timeoutMs(m.timing.precommit, round), round, STEP.precommitWait);
  m.precommitWaitTriggered = true;
  announceStep(m);
}
