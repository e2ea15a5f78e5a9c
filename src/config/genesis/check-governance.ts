import { isReservedAddress } from "../../types/account-address.ts";
import type { Document } from "../../types/genesis.ts";
import {
  type ConsensusParameters,
  type Proposal,
  STATE_ACTIVE,
  STATE_PASSED,
} from "../../types/governance.ts";
import type { Descriptor } from "../../types/upgrade.ts";
import type { Report } from "./check-report.ts";

/** Percent of the stake above which a threshold has to be. */
const MIN_STAKE_THRESHOLD = 66;
const MAX_STAKE_THRESHOLD = 100;

/** oasis-core v26.1 go/governance/api/sanity_check.go. */
export function checkGovernance({ governance, staking, beacon }: Document, report: Report): void {
  checkParameters(governance.params, report);
  const proposals = governance.proposals ?? [];
  for (const [i, proposal] of proposals.entries()) {
    checkProposal(`governance.proposals[${i}]`, proposal, beacon.base, report);
    for (const { voter } of governance.vote_entries?.get(proposal.id) ?? []) {
      if (isReservedAddress(voter))
        report(`governance.vote_entries.${proposal.id}`, "has a vote of a reserved address");
    }
  }
  const deposits = proposals.reduce((sum, p) => (p.state === STATE_ACTIVE ? sum + p.deposit : sum), 0n);
  if (deposits !== staking.governance_deposits) {
    report(
      "staking.governance_deposits",
      `is ${staking.governance_deposits}, but the deposits of active proposals add up to ${deposits}`,
    );
  }
  checkUpgrades(proposals, governance.params, beacon.base, report);
}

function checkParameters(params: ConsensusParameters, report: Report): void {
  const at = (name: string) => `governance.params.${name}`;
  if (params.stake_threshold <= MIN_STAKE_THRESHOLD || params.stake_threshold > MAX_STAKE_THRESHOLD) {
    report(
      at("stake_threshold"),
      `must be ${MIN_STAKE_THRESHOLD + 1} to 100 percent, is ${params.stake_threshold}`,
    );
  }
  for (const name of ["upgrade_min_epoch_diff", "upgrade_cancel_min_epoch_diff"] as const) {
    if (params.voting_period >= params[name]) {
      report(at("voting_period"), `must be less than ${name} (${params[name]}), is ${params.voting_period}`);
    }
  }
}

function checkProposal(path: string, proposal: Proposal, epoch: bigint, report: Report): void {
  if (proposal.created_at > epoch) report(`${path}.created_at`, `is after the base epoch ${epoch}`);
  if (isReservedAddress(proposal.submitter)) report(`${path}.submitter`, "is a reserved address");
  if (proposal.state !== STATE_ACTIVE) {
    if (proposal.closes_at > epoch)
      report(`${path}.closes_at`, `is after the base epoch ${epoch} of a closed proposal`);
    return;
  }
  if (proposal.closes_at < epoch)
    report(`${path}.closes_at`, `is before the base epoch ${epoch} of an active proposal`);
  if (proposal.results !== null) report(`${path}.results`, "must not be there on an active proposal");
  if (proposal.invalid_votes !== 0n) report(`${path}.invalid_votes`, "must be 0 on an active proposal");
  const { upgrade } = proposal.content;
  if (upgrade !== null && upgrade.epoch < epoch) {
    report(`${path}.content.upgrade.epoch`, `is before the base epoch ${epoch}`);
  }
}

/** Upgrades that were accepted and are still to come must keep their distance. */
function checkUpgrades(
  proposals: readonly Proposal[],
  params: ConsensusParameters,
  epoch: bigint,
  report: Report,
): void {
  const epochs = pendingUpgrades(proposals, epoch)
    .map((upgrade) => upgrade.epoch)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (let i = 1; i < epochs.length; i++) {
    if (epochs[i]! - epochs[i - 1]! < params.upgrade_min_epoch_diff) {
      const pair = `${epochs[i - 1]} and ${epochs[i]}`;
      report("governance.proposals", `upgrades at epochs ${pair} are closer than upgrade_min_epoch_diff`);
    }
  }
}

/** Accepted upgrades that are not over and were not cancelled. */
function pendingUpgrades(proposals: readonly Proposal[], epoch: bigint): Descriptor[] {
  const passed = proposals.filter((proposal) => proposal.state === STATE_PASSED);
  const cancelled = new Set(passed.map((proposal) => proposal.content.cancel_upgrade?.proposal_id));
  return passed
    .filter((proposal) => !cancelled.has(proposal.id))
    .flatMap((proposal) => proposal.content.upgrade ?? [])
    .filter((upgrade) => upgrade.epoch >= epoch);
}
