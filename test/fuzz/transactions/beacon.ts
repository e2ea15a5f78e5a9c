import { getParameters, getVrfState } from "../../../src/consensus/beacon/state.ts";
import { BACKEND_VRF, SetEpoch, VRFProve, type VRFState } from "../../../src/types/beacon.ts";
import { type NodeKeys, nodes, users } from "../cast.ts";
import type { Random } from "../random.ts";
import { type Draft, draft, type Generator } from "./draft.ts";

const setEpoch: Generator = ({ random, state, epoch }) => {
  if (!getParameters(state).debug_mock_backend && random.chance(0.95)) {
    return null;
  }
  return draft(
    random.pick(users),
    "beacon.SetEpoch",
    SetEpoch,
    random.chance(0.01) ? (1n << 64n) - 1n - random.bigint(2n) : epoch + BigInt(random.pick([0, 1, 1, 1, 2])),
  );
};

const vrfProve: Generator = ({ random, state, epoch }) => {
  const vrf = getVrfState(state);
  if (vrf === null || getParameters(state).backend !== BACKEND_VRF) {
    return random.chance(0.98)
      ? null
      : draft(random.pick(users), "beacon.VRFProve", VRFProve, { epoch, pi: null });
  }
  const keys = random.pick(nodes);
  return random.chance(0.8) ? vrfProof(vrf, keys) : proveSomething(vrf, keys, random);
};

/** An honest proof. */
export function vrfProof(vrf: VRFState, keys: NodeKeys): Draft {
  const pi = keys.vrf.prove(vrf.alpha ?? new Uint8Array(0));
  return draft(keys.id, "beacon.VRFProve", VRFProve, { epoch: vrf.epoch, pi });
}

function proveSomething(vrf: VRFState, keys: NodeKeys, random: Random): Draft {
  const pi = random.chance(0.7) ? keys.vrf.prove(vrf.alpha ?? new Uint8Array(0)) : random.bytes(80);
  return draft(keys.id, "beacon.VRFProve", VRFProve, {
    epoch: random.chance(0.5) ? vrf.epoch : vrf.epoch + 1n,
    pi,
  });
}

export const beaconGenerators: readonly (readonly [number, Generator])[] = [
  [4, setEpoch],
  [14, vrfProve],
];
