import type { EpochTimeState } from "../../types/beacon.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { blockEntropy, makeBeacon } from "./entropy.ts";
import { beaconEvent, epochEvent } from "./events.ts";
import { clearFutureEpoch, setBeacon, setEpoch } from "./state.ts";

/** Whether the scheduled epoch begins in this block. @throws InvariantError when its block was missed */
export function isDue(ctx: Context, future: Readonly<EpochTimeState>): boolean {
  if (future.height < ctx.currentHeight) {
    throw new InvariantError(`epoch ${future.epoch} should have begun at height ${future.height}`, {
      height: ctx.currentHeight,
    });
  }
  return future.height === ctx.currentHeight;
}

/** Makes the scheduled epoch the current one. */
export function beginEpoch(ctx: Context, epoch: bigint): void {
  setEpoch(ctx.state, epoch, ctx.currentHeight);
  clearFutureEpoch(ctx.state);
}

export function announceEpoch(ctx: Context, epoch: bigint): void {
  ctx.emit(epochEvent, { epoch });
}

/** Makes and announces the random beacon of the epoch that begins. */
export function renewBeacon(ctx: Context, epoch: bigint): void {
  const beacon = makeBeacon(epoch, entropyOf(ctx));
  setBeacon(ctx.state, beacon);
  ctx.emit(beaconEvent, { beacon });
}

/** Block entropy of the current block. */
export function entropyOf(ctx: Context): Uint8Array {
  return blockEntropy(ctx.lastHeight, ctx.time, ctx.chain.lastStateRoot);
}
