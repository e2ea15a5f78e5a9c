import { incrementProposerPriority } from "../proposer-priority.ts";
import { NANOS_PER_MILLISECOND } from "../time.ts";
import { enterPropose } from "./enter-propose.ts";
import { moveTo, type RoundMachine, schedule } from "./machine.ts";
import { STEP } from "./step.ts";
import { transactionWaitMs } from "./timing.ts";

/** From step newHeight, or from any step of an earlier round. */
export function enterNewRound(m: RoundMachine, round: number): void {
  if (round < m.round || (round === m.round && m.step !== STEP.newHeight)) return;
  if (round > m.round) m.validators = incrementProposerPriority(m.validators, round - m.round);
  if (round > 0) {
    m.proposal = null;
    m.proposed = null;
    m.parts = null;
  }
  moveTo(m, round, STEP.newRound);
  // The next round's votes are kept too, so that others who are ahead can take us along.
  m.votes.trackRound(round + 1);
  m.precommitWaitTriggered = false;
  const waitMs = round === 0 ? waitForTransactionsMs(m) : 0;
  if (waitMs > 0) schedule(m, waitMs, round, STEP.newRound);
  else enterPropose(m, round);
}

/** How long to wait for transactions before proposing; the first block of a chain never waits. */
function waitForTransactionsMs(m: RoundMachine): number {
  if (m.deps.hasTransactions() || m.height === m.state.initial_height) return 0;
  const sinceCommitMs =
    m.commitTime === null ? 0 : Number(m.deps.now() - m.commitTime) / Number(NANOS_PER_MILLISECOND);
  return transactionWaitMs(m.timing.pacing, m.deps.lastBlockChangedState(m.state), sinceCommitMs);
}
