import { CodecError } from "../../../codec/errors.ts";
import { Vote } from "../../../types/governance.ts";
import { UsageError } from "../../errors.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const governanceGenCastVote = defineTransactionCommand({
  path: "governance gen_cast_vote",
  summary: "write a transaction that votes on a proposal",
  method: "governance.CastVote",
  options: [
    { name: "vote", value: "VOTE", summary: "yes, no or abstain" },
    { name: "vote.proposal.id", value: "ID", default: "0", summary: "the proposal" },
  ],
  resolve: (given) => {
    const id = given.u64("vote.proposal.id");
    if (id === 0n) throw new UsageError("--vote.proposal.id is missing");
    return { id, vote: parseVote(given.required("vote")) };
  },
});

function parseVote(text: string): Vote {
  try {
    return Vote.fromJson(text, "");
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new UsageError(`--vote: expected yes, no or abstain, not "${text}"`);
  }
}
