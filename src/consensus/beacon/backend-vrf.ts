import { decode } from "../../codec/schema.ts";
import {
  type ConsensusParameters,
  type EpochTimeState,
  SetEpoch,
  type VRFParameters,
  type VRFState,
} from "../../types/beacon.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import type { Context } from "../context.ts";
import { InvariantError, TxError } from "../errors.ts";
import { getNodes, requireNodeStatus, setNodeStatus } from "../registry/state.ts";
import type { Backend } from "./backend.ts";
import { makeAlpha } from "./entropy.ts";
import { vrfEvent } from "./events.ts";
import {
  clearPendingMockEpoch,
  getEpoch,
  getFutureEpoch,
  getPendingMockEpoch,
  getVrfState,
  setEpoch,
  setFutureEpoch,
  setPendingMockEpoch,
  setVrfState,
} from "./state.ts";
import { announceEpoch, beginEpoch, entropyOf, isDue, renewBeacon } from "./transition.ts";
import { vrfOutput } from "./vrf-output.ts";
import { proveVrf } from "./vrf-prove.ts";

/**
 * Epochs of a fixed number of blocks, randomness from the VRF proofs of the nodes: proofs for the alpha of one epoch
 * order the elections of the next. consensus-b.md 2.3.
 */
export const vrfBackend: Backend = {
  initChain(ctx, parameters, base) {
    setEpoch(ctx.state, base, ctx.chain.initialHeight);
    if (parameters.debug_mock_backend) {
      return;
    }
    announceEpoch(ctx, base);
    scheduleEpoch(ctx, parameters, base + 1n);
  },

  beginBlock(ctx, parameters) {
    const future = getFutureEpoch(ctx.state);
    const vrf = getVrfState(ctx.state) ?? bootstrap(ctx, parameters);
    if (future === null) {
      scheduleMockEpoch(ctx, parameters, vrf);
    } else if (isDue(ctx, future)) {
      changeEpoch(ctx, parameters, vrf, future);
    }
  },

  vrfProve(ctx, parameters, body) {
    proveVrf(ctx, vrfParameters(parameters), body);
  },

  setEpoch(ctx, body) {
    const epoch = decode(SetEpoch, body);
    const pending = getPendingMockEpoch(ctx.state);
    if (pending !== null) {
      if (pending === epoch) {
        return;
      }
      throw new TxError("beacon: explicit epoch transition already pending");
    }
    if (epoch <= getEpoch(ctx.state).epoch) {
      throw new TxError("beacon: explicit epoch does not advance time");
    }
    setPendingMockEpoch(ctx.state, epoch);
  },
};

function vrfParameters(parameters: Readonly<ConsensusParameters>): VRFParameters {
  if (parameters.vrf_parameters === null) {
    throw new InvariantError("the VRF beacon has no parameters");
  }
  return parameters.vrf_parameters;
}

function scheduleEpoch(ctx: Context, parameters: Readonly<ConsensusParameters>, epoch: bigint): void {
  setFutureEpoch(ctx.state, epoch, ctx.currentHeight + vrfParameters(parameters).interval);
}

/** First block: proofs for a predictable alpha, good for making a better one but not for elections. */
function bootstrap(ctx: Context, parameters: Readonly<ConsensusParameters>): VRFState {
  const { epoch } = getEpoch(ctx.state);
  const vrf: VRFState = {
    epoch,
    alpha: lowQualityAlpha(ctx, epoch),
    pi: null,
    alpha_hq: false,
    submit_after: ctx.currentHeight + vrfParameters(parameters).proof_delay,
    prev_state: null,
  };
  setVrfState(ctx.state, vrf);
  return vrf;
}

function changeEpoch(
  ctx: Context,
  parameters: Readonly<ConsensusParameters>,
  vrf: VRFState,
  { epoch }: Readonly<EpochTimeState>,
): void {
  makeNodesEligible(ctx, epoch);
  beginEpoch(ctx, epoch);
  if (!parameters.debug_mock_backend) {
    scheduleEpoch(ctx, parameters, epoch + 1n);
  }
  announceEpoch(ctx, epoch);

  const { alpha_hq_threshold: threshold, proof_delay: delay } = vrfParameters(parameters);
  const proofs = vrf.pi ?? new Map();
  const highQuality = BigInt(proofs.size) >= threshold;
  const next: VRFState = {
    epoch,
    alpha: highQuality ? highQualityAlpha(ctx, epoch, vrf) : lowQualityAlpha(ctx, epoch),
    pi: null,
    alpha_hq: highQuality,
    submit_after: ctx.currentHeight + delay,
    prev_state: { "pi.omitempty": proofs, can_elect: vrf.alpha_hq },
  };
  setVrfState(ctx.state, next);
  renewBeacon(ctx, epoch);
  ctx.emit(vrfEvent, { epoch, alpha: next.alpha, submit_after: next.submit_after });
}

/** Nodes that registered in the epoch that ends may be elected from the epoch after the one that begins. */
function makeNodesEligible(ctx: Context, epoch: bigint): void {
  for (const { id } of getNodes(ctx.state)) {
    const status = requireNodeStatus(ctx.state, id);
    if (status.election_eligible_after === EPOCH_INVALID) {
      setNodeStatus(ctx.state, id, { ...status, election_eligible_after: epoch });
    }
  }
}

function lowQualityAlpha(ctx: Context, epoch: bigint): Uint8Array {
  return makeAlpha(ctx.chain.chainContext, epoch, [entropyOf(ctx)]);
}

function highQualityAlpha(ctx: Context, epoch: bigint, vrf: VRFState): Uint8Array {
  const outputs = Array.from(vrf.pi ?? [])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, proof]) => {
      if (proof === null) {
        throw new InvariantError("VRF state holds an empty proof", { key: id });
      }
      return vrfOutput(proof.proof);
    });
  return makeAlpha(ctx.chain.chainContext, epoch, outputs);
}

/** Test networks that set epochs by hand: waits for all proofs, or for the interval, then schedules the epoch. */
function scheduleMockEpoch(ctx: Context, parameters: Readonly<ConsensusParameters>, vrf: VRFState): void {
  if (!parameters.debug_mock_backend) {
    throw new InvariantError("no epoch is scheduled", { height: ctx.currentHeight });
  }
  const pending = getPendingMockEpoch(ctx.state);
  const height = ctx.currentHeight;
  if (pending === null || height <= vrf.submit_after) {
    return;
  }
  const complete = (vrf.pi?.size ?? 0) >= getNodes(ctx.state).length;
  if (complete || height >= getEpoch(ctx.state).height + vrfParameters(parameters).interval) {
    clearPendingMockEpoch(ctx.state);
    setFutureEpoch(ctx.state, pending, height + 1n);
  }
}
