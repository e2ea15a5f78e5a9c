import { equal } from "../../codec/bytes.ts";
import { precommitDecided } from "./enter-precommit.ts";
import { announceStep, collectParts, moveTo, type RoundMachine, requireValid } from "./machine.ts";
import { startHeight } from "./start-height.ts";
import { STEP } from "./step.ts";

/** Two thirds have precommitted a block: it is decided. */
export function enterCommit(m: RoundMachine, commitRound: number): void {
  if (m.step >= STEP.commit) return;
  const { hash, part_set_header } = m.votes.precommits(commitRound)!.majority!;
  if (m.locked !== null && equal(m.locked.blockId.hash, hash)) {
    m.proposed = m.locked;
    m.parts = m.locked.parts;
  }
  const isKnown = m.proposed !== null && equal(m.proposed.blockId.hash, hash);
  if (!isKnown && collectParts(m, { hash, part_set_header })) {
    m.deps.emit({ type: "valid-block", height: m.height, round: m.round, isCommit: true });
  }
  m.commitRound = commitRound;
  m.commitTime = m.deps.now();
  moveTo(m, m.round, STEP.commit);
  announceStep(m);
  tryFinalizeCommit(m);
}

/** In step commit: commits once the decided block is here, and moves to the next height. */
export function tryFinalizeCommit(m: RoundMachine): void {
  const votes = m.votes.precommits(m.commitRound)!;
  const decided = m.proposed;
  if (decided === null || !equal(decided.blockId.hash, votes.majority!.hash)) return;
  requireValid(m, decided.block);
  precommitDecided(m, m.commitRound);
  const commit = votes.makeCommit();
  const { block, parts } = decided;
  const state = m.deps.commit(m.state, { block, encoded: parts.bytes(), blockId: commit.block_id, commit });
  startHeight(m, state, votes);
}
