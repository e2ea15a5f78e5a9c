import type { Document } from "../../types/genesis.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { rawMethod, type Service } from "../service.ts";
import { backendOf } from "./backend.ts";
import { getParameters, setParameters } from "./state.ts";

/** Epochs and randomness. consensus-b.md section 2. */
export const beaconService: Service = {
  name: "000_beacon",
  priority: 100_000n,
  methods: {
    "beacon.VRFProve": rawMethod(vrfProve),
    "beacon.SetEpoch": rawMethod(setEpoch),
  },
  messages: [],
  initChain,
  beginBlock,
};

function initChain(ctx: Context, { beacon }: Document): void {
  setParameters(ctx, beacon.params);
  backendOf(beacon.params).initChain(ctx, beacon.params, beacon.base);
}

function beginBlock(ctx: Context): void {
  const parameters = getParameters(ctx.state);
  backendOf(parameters).beginBlock(ctx, parameters);
}

function vrfProve(ctx: Context, body: Uint8Array | null): void {
  const parameters = getParameters(ctx.state);
  backendOf(parameters).vrfProve(ctx, parameters, body);
}

function setEpoch(ctx: Context, body: Uint8Array | null): void {
  const parameters = getParameters(ctx.state);
  if (!parameters.debug_mock_backend) {
    throw new TxError("beacon: method 'beacon.SetEpoch' is disabled via consensus");
  }
  backendOf(parameters).setEpoch(ctx, body);
}
