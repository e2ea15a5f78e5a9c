import type { ReadonlyTree } from "../../storage/tree.ts";
import type { Descriptor } from "../../types/upgrade.ts";
import { currentEpoch, type EpochFacts, epochAt } from "../epoch.ts";
import { getPendingUpgrades } from "../governance/state.ts";

/** Where the chain stands, as far as upgrades go by it. */
export interface NextBlock {
  /** Height of the next block. */
  readonly height: bigint;
  /** Epoch of the block before it. */
  readonly epochBefore: bigint;
  /** Its own epoch. */
  readonly epoch: bigint;
  /** Upgrades that governance has accepted and that are still to come. */
  readonly accepted: readonly Descriptor[];
}

/** The block after a committed state. */
export function nextBlock(facts: EpochFacts, committed: ReadonlyTree): NextBlock {
  return {
    height: facts.lastVersion + 1n,
    epochBefore: epochAt(committed),
    epoch: currentEpoch(facts, committed),
    accepted: getPendingUpgrades(committed),
  };
}

/** Whether the next block is the one that an upgrade is for. */
export function isDue({ epoch }: Pick<Descriptor, "epoch">, next: NextBlock): boolean {
  return next.epochBefore < epoch && epoch <= next.epoch;
}
