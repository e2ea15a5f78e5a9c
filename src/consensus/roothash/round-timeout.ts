import { TIMEOUT_NEVER } from "../../types/roothash.ts";
import type { Context } from "../context.ts";
import { clearRoundTimeout, type StoredRuntimeState, scheduleRoundTimeout } from "./state.ts";

/** Sets the height at which the round is forced to an end, and moves its queue entry. Nothing happens on no change. */
export function rearmTimeout(ctx: Context, runtimeState: StoredRuntimeState, height: bigint): void {
  const previous = runtimeState.timeout;
  runtimeState.timeout = height;
  if (previous === height) {
    return;
  }
  const { id } = runtimeState.runtime;
  if (previous !== TIMEOUT_NEVER) {
    clearRoundTimeout(ctx.state, id, previous);
  }
  if (height !== TIMEOUT_NEVER) {
    scheduleRoundTimeout(ctx.state, id, height);
  }
}
