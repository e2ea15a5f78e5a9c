import { compare } from "../../codec/bytes.ts";
import type { Context } from "../context.ts";
import { runtimesToFinalize } from "./executor-commit.ts";
import { tryFinalizeRound } from "./finalize-round.ts";
import { getRoundTimeouts } from "./state.ts";

/**
 * Tries to finalise the rounds that got commitments in this block, by order of ParaTime ids, then those that time out
 * now, by order of their hashes.
 */
export function endBlock(ctx: Context): null {
  const touched = [...ctx.block.get(runtimesToFinalize).values()].sort(compare);
  for (const id of touched) {
    tryFinalizeRound(ctx, id, false);
  }
  for (const id of getRoundTimeouts(ctx.state, ctx.currentHeight)) {
    tryFinalizeRound(ctx, id, true);
  }
  return null;
}
