import type { ReadonlyTree } from "../storage/tree.ts";
import { EPOCH_INVALID } from "../types/common.ts";
import { getEpoch, getFutureEpoch } from "./beacon/state.ts";

/** The heights and the committed state that the epoch predicates look at. */
export interface EpochFacts {
  readonly initialHeight: bigint;
  readonly lastVersion: bigint;
  readonly committed: ReadonlyTree | null;
}

export interface EpochChange {
  readonly changed: boolean;
  readonly epoch: bigint;
}

/** Epoch stored in a state; 0 when none is. */
export function epochAt(state: ReadonlyTree): bigint {
  return getEpoch(state).epoch;
}

/**
 * Epoch of the block being executed.
 *
 * An epoch that is scheduled for this height counts already, so the answer is right before the beacon's BeginBlock
 * has run. Until the first block is committed there is no epoch. Source: consensus-a.md 1.4.
 */
export function currentEpoch(facts: EpochFacts, state: ReadonlyTree): bigint {
  if (!hasCommittedBlock(facts)) {
    return EPOCH_INVALID;
  }
  const future = getFutureEpoch(state);
  return future !== null && future.height === facts.lastVersion + 1n ? future.epoch : epochAt(state);
}

/**
 * Whether the epoch of the working state differs from that of the last committed one.
 *
 * By definition false in the first block and in the second (consensus-a.md 0.9 and 1.4).
 */
export function epochChanged(facts: EpochFacts, state: ReadonlyTree): EpochChange {
  if (!hasCommittedBlock(facts) || facts.committed === null) {
    return { changed: false, epoch: EPOCH_INVALID };
  }
  const epoch = epochAt(state);
  if (facts.lastVersion === facts.initialHeight) {
    return { changed: false, epoch };
  }
  return { changed: epochAt(facts.committed) !== epoch, epoch };
}

function hasCommittedBlock(facts: EpochFacts): boolean {
  return facts.lastVersion >= facts.initialHeight;
}
