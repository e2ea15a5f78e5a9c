import { GOVERNANCE_CONSENSUS, KIND_KEY_MANAGER } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { getRuntimes, suspendRuntime } from "../registry/runtime-state.ts";
import { runtimeStakingAddress } from "../registry/stake-claims.ts";
import { StakeAccumulator } from "../staking/accumulator.ts";
import { getParameters } from "../staking/state.ts";

/** At an epoch change: suspends key managers whose owner's stake does not cover its claims any more. */
export function suspendUnderfunded(ctx: Context): void {
  if (getParameters(ctx.state).debug_bypass_stake) {
    return;
  }
  const stake = new StakeAccumulator(ctx);
  for (const runtime of getRuntimes(ctx.state)) {
    if (runtime.kind !== KIND_KEY_MANAGER || runtime.governance_model === GOVERNANCE_CONSENSUS) {
      continue;
    }
    const address = runtimeStakingAddress(runtime);
    if (address === null) {
      throw new InvariantError(`unknown governance model ${runtime.governance_model}`);
    }
    if (!stake.satisfiesClaims(address)) {
      suspendRuntime(ctx, runtime.id);
    }
  }
}
