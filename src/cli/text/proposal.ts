import { toBase64 } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import { decode, map, raw, text } from "../../codec/schema.ts";
import type { ChangeParametersProposal, ProposalContent } from "../../types/governance.ts";
import type { Descriptor } from "../../types/upgrade.ts";
import { formatVersion } from "../../types/versions.ts";
import { cborText } from "./cbor-value.ts";

/** What a proposal wants, line by line, as the official command line shows it. */
export function proposalText(content: ProposalContent): string[] {
  const { metadata, upgrade, cancel_upgrade, change_parameters } = content;
  const lines: string[] = [];
  if (metadata !== null && metadata.title !== "") lines.push(`Title: ${metadata.title}`);
  if (metadata !== null && metadata.description !== "") lines.push("Description:", metadata.description);
  if (upgrade !== null) lines.push("Upgrade:", ...indented(upgradeLines(upgrade)));
  if (cancel_upgrade !== null) {
    lines.push("Cancel Upgrade:", ...indented([`Proposal ID: ${cancel_upgrade.proposal_id}`]));
  }
  if (change_parameters !== null) {
    lines.push("Change Parameters:", ...indented(changesLines(change_parameters)));
  }
  return lines;
}

function upgradeLines({ handler, target, epoch }: Descriptor): string[] {
  return [
    `Handler: ${handler}`,
    "Target Version:",
    ...indented([
      `Consensus Protocol: ${formatVersion(target.consensus_protocol)}`,
      `Runtime Host Protocol: ${formatVersion(target.runtime_host_protocol)}`,
      `Runtime Committee Protocol: ${formatVersion(target.runtime_committee_protocol)}`,
    ]),
    `Epoch: ${epoch}`,
  ];
}

function changesLines({ module, changes }: ChangeParametersProposal): string[] {
  const lines = [`Module: ${module}`, "Changes: "];
  try {
    for (const [name, value] of decode(map(text, raw), changes) ?? []) {
      if (value === null || value[0] === NULL_ITEM) continue;
      lines.push(`  - Parameter: ${name}`, `    Value: ${cborText(value)}`);
    }
    return lines;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return [`  <error: ${error.message}>`, `  <malformed: ${toBase64(changes ?? new Uint8Array(0))}>`];
  }
}

const NULL_ITEM = 0xf6;

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
