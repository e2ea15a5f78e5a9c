import type { Context } from "../context.ts";
import { takeEscrowEvent } from "../staking/events.ts";
import { elect } from "./elect.ts";

/**
 * Elects at every epoch change, with rewards, and without rewards in a block whose evidence cost an entity stake:
 * the order of entities may have changed. Slashing by transactions does not count. consensus-b.md 3.3.
 */
export function beginBlock(ctx: Context): void {
  const { changed, epoch } = ctx.epochChanged();
  // The base epoch has no entropy for elections and no registrations.
  if (epoch === ctx.chain.baseEpoch) {
    return;
  }
  if (changed || ctx.hasEvent(takeEscrowEvent)) {
    elect(ctx, epoch, changed);
  }
}
