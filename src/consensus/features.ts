import { FEATURE_26_1, isFeatureVersion } from "../types/versions.ts";
import type { Context } from "./context.ts";
import { getConsensusParameters } from "./params.ts";

/**
 * Whether the rules that came with 26.1 apply. What they change: consensus-a.md 1.10.
 *
 * Always true in InitChain, where the consensus parameters are not written yet.
 */
export function hasFeature261(ctx: Context): boolean {
  return ctx.isInitChain || isFeatureVersion(getConsensusParameters(ctx.state).feature_version, FEATURE_26_1);
}
