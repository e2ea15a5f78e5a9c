import type { Status } from "../../../types/churp.ts";
import type { Context } from "../../context.ts";
import { getRuntimes } from "../../registry/runtime-state.ts";
import { updateEvent } from "./events.ts";
import { areHandoffsDisabled, finalizeHandoff, minApplicants, resetHandoff } from "./handoff.ts";
import { getStatuses, setStatus } from "./state.ts";

/** At an epoch change: begins, completes or starts over the handoffs of all schemes of active ParaTimes. */
export function updateHandoffs(ctx: Context, epoch: bigint): void {
  for (const { id } of getRuntimes(ctx.state)) {
    for (const status of getStatuses(ctx.state, id)) {
      const updated = areHandoffsDisabled(status) ? null : statusAtEpoch(status, epoch);
      if (updated !== null) {
        setStatus(ctx.state, updated);
        ctx.emit(updateEvent, { Status: updated });
      }
    }
  }
}

/** The scheme as it is when an epoch begins; null when it does not change. */
function statusAtEpoch(status: Status, epoch: bigint): Status | null {
  const restart = BigInt.asUintN(64, epoch + 1n);
  if (epoch === status.next_handoff) {
    // Applications are closed now.
    const enough = (status.applications?.size ?? 0) >= minApplicants(status);
    return enough ? null : resetHandoff(status, restart);
  }
  if (epoch === BigInt.asUintN(64, status.next_handoff + 1n)) {
    // Somebody did not confirm in time.
    return finalizeHandoff(status, true) ?? resetHandoff(status, restart);
  }
  return null;
}
