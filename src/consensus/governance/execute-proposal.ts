import { governanceErrors } from "../../types/errors.ts";
import type { Proposal } from "../../types/governance.ts";
import type { Context } from "../context.ts";
import { messages } from "../messages.ts";
import {
  getParameters,
  getPendingUpgrade,
  getProposal,
  removePendingUpgrade,
  setPendingUpgrade,
} from "./state.ts";
import { checkUpgradeDistance } from "./upgrade-distance.ts";

/** Carries out an accepted proposal. What it wrote before it threw stays. @throws QanatError when it cannot be done */
export function executeProposal(ctx: Context, { id, content }: Proposal): void {
  const { upgrade, cancel_upgrade: cancel, change_parameters: change } = content;
  if (upgrade !== null) {
    checkUpgradeDistance(ctx, upgrade.epoch);
    setPendingUpgrade(ctx.state, id, upgrade);
  } else if (cancel !== null) {
    const canceled = getProposal(ctx.state, cancel.proposal_id);
    if (canceled.content.upgrade === null) {
      throw governanceErrors.noSuchUpgrade();
    }
    const { epoch } = getPendingUpgrade(ctx.state, canceled.id);
    removePendingUpgrade(ctx.state, canceled.id, epoch);
  } else {
    const allowed = getParameters(ctx.state).enable_change_parameters_proposal;
    if (change === null || !allowed || ctx.publish(messages.changeParameters, change) === null) {
      throw governanceErrors.invalidArgument();
    }
  }
}
