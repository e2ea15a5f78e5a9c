import { encode, u64 } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { ConsensusParameters, EpochTimeState, VRFState } from "../../types/beacon.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { assertMayChangeParameters } from "../params.ts";
import { readSharedState, readState, requireState } from "../state-value.ts";

// Keys: consensus-a.md section 2, consensus-b.md section 1.
const CURRENT_EPOCH = Uint8Array.of(0x40);
const FUTURE_EPOCH = Uint8Array.of(0x41);
const BEACON = Uint8Array.of(0x42);
const PARAMETERS = Uint8Array.of(0x43);
const PENDING_MOCK_EPOCH = Uint8Array.of(0x45);
const VRF_STATE = Uint8Array.of(0x46);

const BEACON_SIZE = 32;

/** Current epoch and the height at which it began; zeros when none was set. */
export function getEpoch(state: ReadonlyTree): Readonly<EpochTimeState> {
  return readSharedState(state, EpochTimeState, CURRENT_EPOCH) ?? { epoch: 0n, height: 0n };
}

export function setEpoch(state: KeyValueTree, epoch: bigint, height: bigint): void {
  state.insert(CURRENT_EPOCH, encode(EpochTimeState, { epoch, height }));
}

/** The scheduled epoch and the height at which it begins; null when none is scheduled. */
export function getFutureEpoch(state: ReadonlyTree): Readonly<EpochTimeState> | null {
  return readSharedState(state, EpochTimeState, FUTURE_EPOCH);
}

/** @throws TxError when an epoch is scheduled already */
export function setFutureEpoch(state: KeyValueTree, epoch: bigint, height: bigint): void {
  if (getFutureEpoch(state) !== null) {
    throw new TxError("future epoch already pending");
  }
  state.insert(FUTURE_EPOCH, encode(EpochTimeState, { epoch, height }));
}

export function clearFutureEpoch(state: KeyValueTree): void {
  state.remove(FUTURE_EPOCH);
}

/** The random beacon of the epoch, 32 bytes; null before the first epoch change. */
export function getBeacon(state: ReadonlyTree): Uint8Array | null {
  return state.get(BEACON);
}

export function setBeacon(state: KeyValueTree, beacon: Uint8Array): void {
  if (beacon.length !== BEACON_SIZE) {
    throw new RangeError(`a beacon has ${BEACON_SIZE} bytes, not ${beacon.length}`);
  }
  state.insert(BEACON, beacon);
}

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

/** Epoch that a test network asked for and that waits for enough VRF proofs; null when none waits. */
export function getPendingMockEpoch(state: ReadonlyTree): bigint | null {
  return readState(state, u64, PENDING_MOCK_EPOCH);
}

export function setPendingMockEpoch(state: KeyValueTree, epoch: bigint): void {
  state.insert(PENDING_MOCK_EPOCH, encode(u64, epoch));
}

export function clearPendingMockEpoch(state: KeyValueTree): void {
  state.remove(PENDING_MOCK_EPOCH);
}

/** State of the VRF backend; null until its first block. The result belongs to the caller. */
export function getVrfState(state: ReadonlyTree): Readonly<VRFState> | null {
  return readSharedState(state, VRFState, VRF_STATE);
}

export function setVrfState(state: KeyValueTree, vrf: VRFState): void {
  state.insert(VRF_STATE, encode(VRFState, vrf));
}
