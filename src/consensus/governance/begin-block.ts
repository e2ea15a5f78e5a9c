import type { Context } from "../context.ts";
import { StopForUpgradeError } from "../errors.ts";
import { getPendingUpgrades } from "./state.ts";

/**
 * Stops at the epoch of an accepted upgrade: this version knows no upgrade handlers, a node of the next version goes
 * on from here. consensus-a.md 1.10.
 * @throws StopForUpgradeError
 */
export function beginBlock(ctx: Context): void {
  const { changed, epoch } = ctx.epochChanged();
  if (!changed) {
    return;
  }
  const due = getPendingUpgrades(ctx.state).find((upgrade) => upgrade.epoch === epoch);
  if (due !== undefined) {
    throw new StopForUpgradeError(due.handler, epoch, ctx.currentHeight);
  }
}
