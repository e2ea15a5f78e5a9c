import { isReservedAddress } from "../../types/account-address.ts";
import { governanceErrors, stakingErrors } from "../../types/errors.ts";
import { type Proposal, type ProposalContent, STATE_ACTIVE } from "../../types/governance.ts";
import type { Context } from "../context.ts";
import { messages } from "../messages.ts";
import { depositForProposal } from "../staking/governance-deposits.ts";
import { getAccount } from "../staking/state.ts";
import { proposalSubmittedEvent } from "./events.ts";
import { getNextId, getParameters, getPendingUpgrade, setActiveProposal, setNextId } from "./state.ts";
import { checkUpgradeDistance } from "./upgrade-distance.ts";
import { validateContent } from "./validate-content.ts";

/** `governance.SubmitProposal`: opens a vote. Null in CheckTx and in simulation. consensus-a.md section 5. */
export function submitProposal(ctx: Context, content: ProposalContent): Proposal | null {
  const parameters = getParameters(ctx.state);
  validateContent(content, parameters);
  if (ctx.isCheckOnly) {
    return null;
  }
  if (content.change_parameters !== null && !parameters.enable_change_parameters_proposal) {
    throw governanceErrors.invalidArgument();
  }
  ctx.useGas(1, "submit_proposal", parameters.gas_costs);
  if (ctx.isSimulation) {
    return null;
  }
  const submitter = ctx.caller;
  if (isReservedAddress(submitter)) {
    throw stakingErrors.forbidden();
  }
  const deposit = parameters.min_proposal_deposit;
  if (getAccount(ctx.state, submitter).general.balance < deposit) {
    throw stakingErrors.insufficientBalance();
  }
  const epoch = ctx.epochAtCurrentHeight();
  checkContent(ctx, content, epoch);

  depositForProposal(ctx, submitter, deposit);
  const id = getNextId(ctx.state);
  setNextId(ctx.state, BigInt.asUintN(64, id + 1n));
  const proposal: Proposal = {
    id,
    submitter,
    state: STATE_ACTIVE,
    deposit,
    content,
    created_at: epoch,
    closes_at: BigInt.asUintN(64, epoch + parameters.voting_period),
    results: null,
    invalid_votes: 0n,
  };
  setActiveProposal(ctx.state, proposal);
  ctx.emit(proposalSubmittedEvent, { id, submitter });
  return proposal;
}

/** Checks what is proposed against the state. */
function checkContent(ctx: Context, content: ProposalContent, epoch: bigint): void {
  const parameters = getParameters(ctx.state);
  const { upgrade, cancel_upgrade: cancel, change_parameters: change } = content;
  if (upgrade !== null) {
    if (upgrade.epoch < BigInt.asUintN(64, parameters.upgrade_min_epoch_diff + epoch)) {
      throw governanceErrors.upgradeTooSoon();
    }
    checkUpgradeDistance(ctx, upgrade.epoch);
  } else if (cancel !== null) {
    const pending = getPendingUpgrade(ctx.state, cancel.proposal_id);
    if (pending.epoch < BigInt.asUintN(64, parameters.upgrade_cancel_min_epoch_diff + epoch)) {
      throw governanceErrors.upgradeTooSoon();
    }
  } else if (change !== null) {
    // Exactly one service knows the module; if none does, the proposal is not supported.
    if (ctx.publish(messages.validateParameterChanges, change) === null) {
      throw governanceErrors.invalidArgument();
    }
  }
}
