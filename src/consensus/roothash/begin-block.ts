import type { Context } from "../context.ts";
import { electedEvent } from "../scheduler/events.ts";
import { changeCommittees } from "./committee-change.ts";

/** Takes over new committees at an epoch change, and when a slash caused an election within the epoch. */
export function beginBlock(ctx: Context): void {
  if (ctx.epochChanged().changed || ctx.hasEvent(electedEvent)) {
    changeCommittees(ctx);
  }
}
