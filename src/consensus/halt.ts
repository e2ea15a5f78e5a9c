import { EPOCH_INVALID } from "../types/common.ts";
import { LocalHaltError } from "./errors.ts";

/** Where this node stops by its own configuration; 0 is never. */
export interface HaltPoint {
  readonly height: bigint;
  readonly epoch: bigint;
}

/**
 * Refuses the block at which this node shall stop, and all after it. consensus-a.md 1.10.
 * @param epoch of the block, as `currentEpoch` says before its hooks have run
 * @throws LocalHaltError
 */
export function haltWhenDue(point: HaltPoint, height: bigint, epoch: bigint): void {
  const isDueByHeight = point.height !== 0n && height >= point.height;
  const isDueByEpoch = point.epoch !== 0n && epoch !== EPOCH_INVALID && epoch >= point.epoch;
  if (isDueByHeight || isDueByEpoch) {
    throw new LocalHaltError(height, epoch);
  }
}
