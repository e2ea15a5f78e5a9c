import type { Context } from "../context.ts";
import { removePendingUpgradesOf } from "./state.ts";

/** Takes the upgrades of a new epoch off the list: they are being carried out in this block (`../upgrade`). */
export function beginBlock(ctx: Context): void {
  const { changed, epoch } = ctx.epochChanged();
  if (changed) {
    removePendingUpgradesOf(ctx.state, epoch);
  }
}
