import type { ChainState } from "../chain-state.ts";
import { NANOS_PER_MILLISECOND, type Time } from "../time.ts";
import type { VoteSet } from "../vote-set.ts";
import { announceStep, freshHeight, type RoundMachine, schedule, scheduleStart } from "./machine.ts";
import { STEP } from "./step.ts";
import { commitTimeoutMs, skipsCommitTimeout } from "./timing.ts";

/** Sets off a new machine; inputs of an earlier run that were replayed may have moved it already. */
export function startRounds(m: RoundMachine): void {
  announceStep(m);
  if (m.step !== STEP.newHeight) return;
  m.startTime = startTimeAfter(m, m.deps.now());
  // A chain may be announced before it begins: its first block has the time of its genesis.
  const { last_block_height, last_block_time } = m.state;
  if (last_block_height === 0n && last_block_time > m.startTime) m.startTime = last_block_time;
  scheduleStart(m);
}

/** Moves to the height after a committed block. */
export function startHeight(m: RoundMachine, state: ChainState, lastCommit: VoteSet): void {
  Object.assign(m, freshHeight(state, lastCommit, m.deps.known));
  m.startTime = startTimeAfter(m, m.commitTime ?? m.deps.now());
  announceStep(m);
  if (skipsCommitTimeout(m.timing.pacing) && lastCommit.hasAll) schedule(m, 0, 0, STEP.newHeight);
  else scheduleStart(m);
}

function startTimeAfter(m: RoundMachine, commitTime: Time): Time {
  return commitTime + BigInt(Math.round(commitTimeoutMs(m.timing.pacing))) * NANOS_PER_MILLISECOND;
}
