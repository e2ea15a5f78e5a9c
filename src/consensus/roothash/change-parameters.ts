import type { ChangeParametersProposal } from "../../types/governance.ts";
import { ConsensusParameterChanges, type ConsensusParameters } from "../../types/roothash.ts";
import { applyChanges, decodeChanges } from "../change-parameters.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { getParameters, setParameters, shrinkPastRoots } from "./state.ts";

/**
 * Checks a proposal's changes of the roothash parameters, and makes them if `apply` is set. A shorter window of past
 * roots takes effect at once.
 * @returns null when the proposal is for another module, else something
 * @throws QanatError when the changes are not acceptable
 */
export function changeParameters(
  ctx: Context,
  proposal: ChangeParametersProposal,
  apply: boolean,
): true | null {
  if (proposal.module !== "roothash") {
    return null;
  }
  const changes = decodeChanges(ConsensusParameterChanges, proposal.changes);
  const current = getParameters(ctx.state);
  const params = applyChanges<ConsensusParameters>(current, changes);
  const isUnsafe = params.debug_do_not_suspend_runtimes || params.debug_bypass_stake;
  if (isUnsafe && !ctx.chain.dontBlameOasis) {
    throw new TxError("one or more unsafe debug flags set");
  }
  if (apply) {
    if (params.max_past_roots_stored < current.max_past_roots_stored) {
      shrinkPastRoots(ctx.state, params.max_past_roots_stored);
    }
    setParameters(ctx, params);
  }
  return true;
}
