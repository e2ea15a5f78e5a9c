import { ProposalContent } from "../../../types/governance.ts";
import { UsageError } from "../../errors.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";
import { readUpgradeDescriptor } from "../../upgrade-descriptor.ts";

/** What is proposed: the upgrade of a descriptor file, or that an accepted one does not happen. */
type Proposed = { readonly descriptor: string } | { readonly cancels: bigint };

export const governanceGenSubmitProposal = defineTransactionCommand<"governance.SubmitProposal", Proposed>({
  path: "governance gen_submit_proposal",
  summary: "write a transaction that proposes an upgrade of the network, or to cancel one",
  method: "governance.SubmitProposal",
  options: [
    { name: "proposal.upgrade.descriptor", value: "FILE", summary: "upgrade descriptor, JSON" },
    {
      name: "proposal.cancel_upgrade.id",
      value: "ID",
      default: "0",
      summary: "proposal whose upgrade is to be cancelled",
    },
  ],
  resolve: (given) => {
    const descriptor = given.text("proposal.upgrade.descriptor");
    if (descriptor !== "") return { descriptor };
    const cancels = given.u64("proposal.cancel_upgrade.id");
    if (cancels !== 0n) return { cancels };
    throw new UsageError("--proposal.upgrade.descriptor or --proposal.cancel_upgrade.id is missing");
  },
  makeBody: async (proposed) => {
    if ("cancels" in proposed) {
      return ProposalContent.make({ cancel_upgrade: { proposal_id: proposed.cancels } });
    }
    return ProposalContent.make({ upgrade: await readUpgradeDescriptor(proposed.descriptor) });
  },
});
