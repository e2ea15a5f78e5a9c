import { equal, toHex } from "../../codec/bytes.ts";
import { VRF_PROOF_LENGTH } from "../../codec/common-types.ts";
import { verifyVrf } from "../../crypto/vrf.ts";
import { type VRFParameters, VRFProve } from "../../types/beacon.ts";
import { beaconErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { getNode } from "../registry/state.ts";
import { decodeBody } from "../service.ts";
import { getVrfState, setVrfState } from "./state.ts";
import { rememberVrfOutput, vrfOutput } from "./vrf-output.ts";

/**
 * `beacon.VRFProve`: a node proves its VRF output for the alpha of the epoch. A second proof must have the same
 * output. Checks in the network's order; all but the decoding fail as unknown/1. consensus-b.md 2.3.
 */
export function proveVrf(ctx: Context, parameters: Readonly<VRFParameters>, body: Uint8Array | null): void {
  ctx.useGas(1, "vrf_prove", parameters.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const vrf = getVrfState(ctx.state);
  if (vrf === null || ctx.currentHeight <= vrf.submit_after) {
    throw new TxError("beacon: premature VRF proof");
  }
  const node = getNode(ctx.state, ctx.txSigner);
  if (node === null) {
    throw new TxError("beacon: tx not from a node");
  }
  const { epoch, pi } = decodeBody(VRFProve, body, beaconErrors.invalidArgument);
  if (epoch !== vrf.epoch) {
    throw new TxError(`beacon: proof for invalid epoch: ${epoch}`);
  }
  if (pi === null || pi.length !== VRF_PROOF_LENGTH) {
    throw new TxError("beacon: malformed VRF proof");
  }
  const output = verifyVrf(node.vrf.id, vrf.alpha ?? new Uint8Array(0), pi, ctx.chain.signatures);
  if (output === undefined) {
    throw new TxError("beacon: failed to verify VRF proof");
  }
  const former = vrf.pi?.get(toHex(node.id)) ?? null;
  if (former !== null && !equal(vrfOutput(former.proof), output)) {
    throw new TxError("beacon: node attempted to submit a different proof");
  }
  if (ctx.isCheckOnly) {
    return;
  }
  rememberVrfOutput(pi, output);
  const proofs = new Map(vrf.pi ?? []);
  proofs.set(toHex(node.id), { public_key: node.vrf.id, proof: pi });
  setVrfState(ctx.state, { ...vrf, pi: proofs });
}
