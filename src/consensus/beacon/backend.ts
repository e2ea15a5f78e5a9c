import { BACKEND_INSECURE, BACKEND_VRF, type ConsensusParameters } from "../../types/beacon.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { insecureBackend } from "./backend-insecure.ts";
import { vrfBackend } from "./backend-vrf.ts";

/** One of the two ways to keep epochs and make randomness; the genesis document chooses. */
export interface Backend {
  initChain(ctx: Context, parameters: Readonly<ConsensusParameters>, base: bigint): void;
  beginBlock(ctx: Context, parameters: Readonly<ConsensusParameters>): void;
  vrfProve(ctx: Context, parameters: Readonly<ConsensusParameters>, body: Uint8Array | null): void;
  /** Only for test networks that set epochs by hand; the caller checks that. */
  setEpoch(ctx: Context, body: Uint8Array | null): void;
}

export function backendOf(parameters: Readonly<ConsensusParameters>): Backend {
  switch (parameters.backend) {
    case BACKEND_INSECURE:
      return insecureBackend;
    case BACKEND_VRF:
      return vrfBackend;
    default:
      throw new InvariantError(`unsupported beacon backend: ${parameters.backend}`);
  }
}
