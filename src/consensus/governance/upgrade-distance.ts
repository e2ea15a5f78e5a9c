import { governanceErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { getParameters, getPendingUpgrades } from "./state.ts";

/** @throws governance/3 when another upgrade is pending too close to the epoch, before or after */
export function checkUpgradeDistance(ctx: Context, epoch: bigint): void {
  const distance = getParameters(ctx.state).upgrade_min_epoch_diff;
  for (const pending of getPendingUpgrades(ctx.state)) {
    const difference = pending.epoch > epoch ? pending.epoch - epoch : epoch - pending.epoch;
    if (difference < distance) {
      throw governanceErrors.upgradeAlreadyPending().with(`scheduled at epoch ${pending.epoch}`);
    }
  }
}
