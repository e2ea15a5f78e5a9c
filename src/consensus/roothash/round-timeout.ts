import { TIMEOUT_NEVER } from "../../types/roothash.ts";
import type { Context } from "../context.ts";
import { clearRoundTimeout, type StoredRuntimeState, scheduleRoundTimeout } from "./state.ts";

/** Backup workers get 15/10 of the round timeout after a discrepancy. */
const BACKUP_TIMEOUT_NUMERATOR = 15n;
const BACKUP_TIMEOUT_DENOMINATOR = 10n;

/** Height at which the workers' time is over. A descriptor may ask for more blocks than there are: it wraps around. */
export function workerTimeout(ctx: Context, roundTimeout: bigint): bigint {
  return BigInt.asIntN(64, ctx.currentHeight + roundTimeout);
}

/** Height at which the backup workers' time is over; wraps around as {@link workerTimeout}. */
export function backupTimeout(ctx: Context, roundTimeout: bigint): bigint {
  const blocks = BigInt.asIntN(64, roundTimeout * BACKUP_TIMEOUT_NUMERATOR) / BACKUP_TIMEOUT_DENOMINATOR;
  return BigInt.asIntN(64, ctx.currentHeight + blocks);
}

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
