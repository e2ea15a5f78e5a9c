import { QanatError } from "../../codec/errors.ts";
import * as beacon from "../../consensus/beacon/state.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import { beaconErrors, consensusErrors } from "../../types/errors.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers, Sink } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { eventValues } from "../service-events.ts";
import { pushInitial, watchBlocks } from "../watch.ts";

const APP = "000_beacon";

/** Bisection steps after which a historic epoch counts as not found, as in official nodes. */
const MAX_BISECTION_STEPS = 20;

/** Handlers of the `Beacon` service (api.md 2.4). */
export function beaconHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Beacon"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  const baseEpoch = backend.genesis.beacon.base;

  const watchEpochs = (sink: Sink<bigint>): Disposer => {
    pushInitial(backend, sink, (state) => [beacon.getEpoch(state).epoch]);
    return watchBlocks(backend, sink, (block) => {
      for (const { epoch } of eventValues(block.results, APP, "epoch")) sink.push(epoch);
    });
  };

  return {
    GetBaseEpoch: () => baseEpoch,
    GetEpoch: (height) => beacon.getEpoch(stateAt(height)).epoch,
    GetNextEpoch: (height) => {
      const found = stateFor(backend, height);
      const future = beacon.getFutureEpoch(found.state);
      return future?.height === found.height + 1n ? future.epoch : beacon.getEpoch(found.state).epoch;
    },
    GetFutureEpoch: (height) => beacon.getFutureEpoch(stateAt(height)),
    GetEpochBlock: (epoch) => epochBlock(backend, epoch),
    WaitEpoch: (epoch, { signal }) =>
      new Promise((resolve, reject) => {
        const sink: Sink<bigint> = {
          signal,
          push: (current) => {
            if (current >= epoch) finish(() => resolve(undefined));
          },
          end: (error) => finish(() => reject(error)),
        };
        let dispose: Disposer | null = null;
        let isDone = false;
        const finish = (settle: () => void) => {
          isDone = true;
          dispose?.();
          signal.removeEventListener("abort", onAbort);
          settle();
        };
        const onAbort = () => finish(() => reject(signal.reason));
        signal.addEventListener("abort", onAbort, { once: true });
        dispose = watchEpochs(sink);
        if (isDone) dispose();
      }),
    GetBeacon: (height) => {
      const value = beacon.getBeacon(stateAt(height));
      if (value === null) throw beaconErrors.beaconNotAvailable();
      return value;
    },
    StateToGenesis: (height) => {
      const state = stateAt(height);
      return { base: beacon.getEpoch(state).epoch, params: beacon.getParameters(state) };
    },
    ConsensusParameters: (height) => beacon.getParameters(stateAt(height)),
    WatchEpochs: (_, sink) => watchEpochs(sink),
    WatchLatestEpoch: (_, sink) => watchEpochs(sink),
  };
}

/** Height at which `epoch` began, found by bisection over the states that are kept. */
function epochBlock(backend: ConsensusBackend, epoch: bigint): bigint {
  const { base } = backend.genesis.beacon;
  const latest = backend.latestHeight() === 0n ? null : beacon.getEpoch(stateFor(backend, 0n).state);
  if (latest?.epoch === epoch) return latest.height;
  if (epoch < base) {
    throw new QanatError("api/epoch", `epoch predates base (base: ${base} requested: ${epoch})`, {
      epoch,
      base,
    });
  }
  if (epoch === base) return backend.genesis.height;
  let high = backend.latestHeight();
  if (high === 0n) throw consensusErrors.noCommittedBlocks();
  let low = backend.lastRetainedHeight();
  let height = high;
  for (let step = 0; step < MAX_BISECTION_STEPS; step++) {
    const state = backend.stateAt(height);
    if (state === null) break;
    const current = beacon.getEpoch(state);
    if (current.epoch === epoch) return current.height;
    if (epoch < current.epoch) high = current.height;
    else if (height === low) break;
    else low = height;
    height = (low + high) / 2n;
  }
  throw new QanatError("api/epoch", "failed to find historic epoch", { epoch });
}
