import { decode } from "../../codec/schema.ts";
import { type ConsensusParameters, SetEpoch } from "../../types/beacon.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import type { Backend } from "./backend.ts";
import { getEpoch, getFutureEpoch, setEpoch, setFutureEpoch } from "./state.ts";
import { announceEpoch, beginEpoch, isDue, renewBeacon } from "./transition.ts";

/** Epochs of a fixed number of blocks, randomness from block data. consensus-b.md 2.2. */
export const insecureBackend: Backend = {
  initChain(ctx, parameters, base) {
    if (parameters.debug_mock_backend) {
      return;
    }
    setEpoch(ctx.state, base, ctx.chain.initialHeight);
    announceEpoch(ctx, base);
    scheduleEpoch(ctx, parameters, base + 1n);
  },

  beginBlock(ctx, parameters) {
    const future = getFutureEpoch(ctx.state);
    if (future === null || !isDue(ctx, future)) {
      return;
    }
    beginEpoch(ctx, future.epoch);
    if (!parameters.debug_mock_backend) {
      scheduleEpoch(ctx, parameters, future.epoch + 1n);
    }
    announceEpoch(ctx, future.epoch);
    renewBeacon(ctx, future.epoch);
  },

  vrfProve() {
    throw new TxError("beacon: invalid method for the insecure backend");
  },

  setEpoch(ctx, body) {
    const epoch = decode(SetEpoch, body);
    if (epoch <= getEpoch(ctx.state).epoch) {
      throw new TxError("beacon: explicit epoch does not advance time");
    }
    setFutureEpoch(ctx.state, epoch, ctx.currentHeight + 1n);
  },
};

/** Epochs begin at multiples of the interval, whatever the initial height. */
function scheduleEpoch(ctx: Context, parameters: Readonly<ConsensusParameters>, epoch: bigint): void {
  setFutureEpoch(ctx.state, epoch, epoch * (parameters.insecure_parameters?.interval ?? 0n));
}
