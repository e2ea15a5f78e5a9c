import { utf8 } from "../../codec/bytes.ts";
import { EPOCH_MAX } from "../../types/common.ts";
import { governanceErrors } from "../../types/errors.ts";
import {
  type ConsensusParameters,
  MAX_TITLE_LENGTH,
  MIN_TITLE_LENGTH,
  type ProposalContent,
} from "../../types/governance.ts";
import {
  type Descriptor,
  LATEST_DESCRIPTOR_VERSION,
  MAX_HANDLER_LENGTH,
  MIN_HANDLER_LENGTH,
} from "../../types/upgrade.ts";
import { packVersion } from "../../types/versions.ts";

const MIN_UPGRADE_EPOCH = 1n;
const MAX_UPGRADE_EPOCH = EPOCH_MAX;

/** Checks the form of a proposal, without looking at the state. @throws governance/1 (consensus-a.md section 5) */
export function validateContent(
  content: Readonly<ProposalContent>,
  parameters: Readonly<ConsensusParameters>,
): void {
  const { metadata, upgrade, cancel_upgrade, change_parameters } = content;
  if ((metadata !== null) !== parameters.allow_proposal_metadata) {
    throw governanceErrors.invalidArgument();
  }
  if (metadata !== null && !isWithin(utf8(metadata.title).length, MIN_TITLE_LENGTH, MAX_TITLE_LENGTH)) {
    throw governanceErrors.invalidArgument();
  }
  if ([upgrade, cancel_upgrade, change_parameters].filter((part) => part !== null).length !== 1) {
    throw governanceErrors.invalidArgument();
  }
  if (upgrade !== null && !isValidUpgrade(upgrade)) {
    throw governanceErrors.invalidArgument();
  }
  if (change_parameters !== null) {
    const { module, changes } = change_parameters;
    if (module === "" || changes === null || changes.length === 0) {
      throw governanceErrors.invalidArgument();
    }
  }
}

/** Whether an upgrade descriptor has the form that every network wants. */
export function isValidUpgrade({ v, handler, target, epoch }: Readonly<Descriptor>): boolean {
  return (
    v === LATEST_DESCRIPTOR_VERSION &&
    isWithin(utf8(handler).length, MIN_HANDLER_LENGTH, MAX_HANDLER_LENGTH) &&
    packVersion(target.consensus_protocol) !== 0n &&
    packVersion(target.runtime_host_protocol) !== 0n &&
    packVersion(target.runtime_committee_protocol) !== 0n &&
    epoch >= MIN_UPGRADE_EPOCH &&
    epoch <= MAX_UPGRADE_EPOCH
  );
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
