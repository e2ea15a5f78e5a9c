import { encode } from "../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../storage/tree.ts";
import { Parameters } from "../types/consensus.ts";
import type { Context } from "./context.ts";
import { InvariantError } from "./errors.ts";
import { readSharedState, requireState } from "./state-value.ts";

const CHAIN_CONTEXT = Uint8Array.of(0xf0);
const PARAMETERS = Uint8Array.of(0xf1);

/** Chain context as stored: 64 ASCII hex characters; null in a state that was never initialised. */
export function getChainContext(state: ReadonlyTree): string | null {
  const value = state.get(CHAIN_CONTEXT);
  return value === null ? null : new TextDecoder().decode(value);
}

export function setChainContext(state: KeyValueTree, chainContext: string): void {
  state.insert(CHAIN_CONTEXT, new TextEncoder().encode(chainContext));
}

/** Parameters of the consensus layer itself. */
export function getConsensusParameters(state: ReadonlyTree): Readonly<Parameters> {
  return requireState(readSharedState(state, Parameters, PARAMETERS), Parameters, PARAMETERS);
}

/** Entry condition: InitChain or EndBlock. */
export function setConsensusParameters(state: KeyValueTree, parameters: Parameters): void {
  state.insert(PARAMETERS, encode(Parameters, parameters));
}

/** Parameters of any service may only change in InitChain and EndBlock (consensus-a.md 1.10). */
export function assertMayChangeParameters(ctx: Context): void {
  if (ctx.mode !== "initChain" && ctx.mode !== "endBlock") {
    throw new InvariantError(`parameters cannot be changed in ${ctx.mode}`, { height: ctx.currentHeight });
  }
}
