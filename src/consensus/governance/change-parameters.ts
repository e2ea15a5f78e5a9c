import {
  type ChangeParametersProposal,
  ConsensusParameterChanges,
  type ConsensusParameters,
} from "../../types/governance.ts";
import { applyChanges, decodeChanges } from "../change-parameters.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { getParameters, setParameters } from "./state.ts";

/** More than two thirds have to agree. */
const MIN_STAKE_THRESHOLD = 67;
const MAX_STAKE_THRESHOLD = 100;

/**
 * Validates a change of the parameters of governance itself, and with `apply` makes it.
 * @returns true when the change is for this module, else null
 */
export function changeParameters(
  ctx: Context,
  proposal: ChangeParametersProposal,
  apply: boolean,
): true | null {
  if (proposal.module !== "governance") {
    return null;
  }
  const changes = decodeChanges(ConsensusParameterChanges, proposal.changes);
  const parameters = applyChanges<ConsensusParameters>(getParameters(ctx.state), changes);
  checkParameters(parameters);
  if (apply) {
    setParameters(ctx, parameters);
  }
  return true;
}

/** @throws TxError when parameters contradict themselves */
function checkParameters(parameters: Readonly<ConsensusParameters>): void {
  const { stake_threshold: threshold, voting_period: period } = parameters;
  if (threshold < MIN_STAKE_THRESHOLD || threshold > MAX_STAKE_THRESHOLD) {
    throw new TxError(`stake threshold must be ${MIN_STAKE_THRESHOLD} to ${MAX_STAKE_THRESHOLD}`);
  }
  if (period >= parameters.upgrade_min_epoch_diff || period >= parameters.upgrade_cancel_min_epoch_diff) {
    throw new TxError("voting period must be shorter than both upgrade distances");
  }
}
