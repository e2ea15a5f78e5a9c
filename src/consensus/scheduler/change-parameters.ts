import type { ChangeParametersProposal } from "../../types/governance.ts";
import { ConsensusParameterChanges, type ConsensusParameters } from "../../types/scheduler.ts";
import { applyChanges, decodeChanges } from "../change-parameters.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { getParameters, setParameters } from "./state.ts";

/**
 * Validates a parameter change of a governance proposal, and with `apply` makes it.
 * @returns true when the change is for this module, else null
 */
export function changeParameters(
  ctx: Context,
  proposal: ChangeParametersProposal,
  apply: boolean,
): true | null {
  if (proposal.module !== "scheduler") {
    return null;
  }
  const changes = decodeChanges(ConsensusParameterChanges, proposal.changes);
  const parameters = applyChanges<ConsensusParameters>(getParameters(ctx.state), changes);
  const debug =
    parameters.debug_bypass_stake ||
    parameters.debug_allow_weak_alpha ||
    parameters.debug_force_elect !== null;
  if (debug && !ctx.chain.dontBlameOasis) {
    throw new TxError("one or more unsafe debug flags set");
  }
  if (apply) {
    setParameters(ctx, parameters);
  }
  return true;
}
