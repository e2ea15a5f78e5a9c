import type { ApiClient } from "../../../api/client.ts";
import { type Codec, list, toJsonText } from "../../../codec/schema.ts";
import { Proposal, VoteEntry } from "../../../types/governance.ts";
import { type Command, defineCommand, type OptionSpec } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import type { Given } from "../../given.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

const proposalOption: OptionSpec = {
  name: "proposal.id",
  value: "ID",
  default: "0",
  summary: "the proposal",
};

export const governanceProposalInfo = queryCommand({
  path: "governance proposal_info",
  summary: "show a proposal as JSON",
  option: proposalOption,
  read: proposalId,
  codec: Proposal,
  fetch: (client, id) => client.call("Governance", "Proposal", { height: 0n, id }),
});

export const governanceProposalVotes = queryCommand({
  path: "governance proposal_votes",
  summary: "show the votes on a proposal as JSON",
  option: proposalOption,
  read: proposalId,
  codec: list(VoteEntry),
  fetch: (client, id) => client.call("Governance", "Votes", { height: 0n, id }),
});

export const governanceListProposals = queryCommand({
  path: "governance list_proposals",
  summary: "show the proposals that are voted on as JSON",
  option: { name: "include_closed", summary: "also those that were decided" },
  read: (given) => given.switch("include_closed"),
  codec: list(Proposal),
  fetch: (client, withClosed) => client.call("Governance", withClosed ? "Proposals" : "ActiveProposals", 0n),
});

interface QuerySpec<Query, T> {
  readonly path: string;
  readonly summary: string;
  readonly option: OptionSpec;
  readonly codec: Codec<T>;
  read(given: Given): Query;
  fetch(client: ApiClient, query: Query): Promise<T>;
}

interface Input<Query> {
  readonly client: ClientInput;
  readonly query: Query;
}

function queryCommand<Query, T>({ path, summary, option, codec, read, fetch }: QuerySpec<Query, T>): Command {
  return defineCommand<Input<Query>>({
    path,
    summary,
    options: [option, ...clientOptions],
    resolve: (given) => ({ query: read(given), client: clientInput(given) }),
    run: async ({ client: input, query }, io) => {
      const answer = await withClient(input, "failed to query the proposals", (client) =>
        fetch(client, query),
      );
      io.out(`${toJsonText(codec, answer, 2)}\n`);
      return exitCode.ok;
    },
  });
}

function proposalId(given: Given): bigint {
  const id = given.u64("proposal.id");
  if (id === 0n) throw new UsageError("--proposal.id is missing");
  return id;
}
