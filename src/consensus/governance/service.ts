import { encode } from "../../codec/schema.ts";
import { governanceErrors } from "../../types/errors.ts";
import type { Document } from "../../types/genesis.ts";
import { Proposal, ProposalContent, ProposalVote, STATE_ACTIVE } from "../../types/governance.ts";
import type { GovernanceMessage } from "../../types/roothash-message.ts";
import { larger } from "../bigint.ts";
import type { Context } from "../context.ts";
import { messages, onMessage } from "../messages.ts";
import { method, type Service } from "../service.ts";
import { beginBlock } from "./begin-block.ts";
import { castVote } from "./cast-vote.ts";
import { changeParameters } from "./change-parameters.ts";
import { endBlock } from "./end-block.ts";
import { setActiveProposal, setNextId, setParameters, setProposal, setVote } from "./state.ts";
import { submitProposal } from "./submit-proposal.ts";

const invalid = governanceErrors.invalidArgument;

/** Proposals and votes of those who have stake. consensus-a.md section 5. */
export const governanceService: Service = {
  name: "300_governance",
  priority: 25_000n,
  methods: {
    "governance.SubmitProposal": method(ProposalContent, invalid, submitProposal),
    "governance.CastVote": method(ProposalVote, invalid, (ctx, vote) => castVote(ctx, vote, false)),
  },
  messages: [
    onMessage(messages.runtimeGovernance, executeRuntimeMessage),
    onMessage(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
    onMessage(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
  ],
  initChain,
  beginBlock,
  endBlock,
};

/** Executes a ParaTime's governance message. Returns the CBOR of a new proposal, null for votes. */
function executeRuntimeMessage(ctx: Context, message: GovernanceMessage): Uint8Array | null {
  if (message.cast_vote !== null) {
    castVote(ctx, message.cast_vote, true);
    return null;
  }
  if (message.submit_proposal !== null) {
    const proposal = submitProposal(ctx, message.submit_proposal);
    return proposal && encode(Proposal, proposal);
  }
  throw governanceErrors.invalidArgument();
}

/** Pending upgrades of the genesis document are not taken over: the epoch they are compared with is not set yet. */
function initChain(ctx: Context, { governance }: Document): void {
  setParameters(ctx, governance.params);
  let largest = 0n;
  for (const proposal of governance.proposals ?? []) {
    largest = larger(largest, proposal.id);
    if (proposal.state === STATE_ACTIVE) {
      setActiveProposal(ctx.state, proposal);
    } else {
      setProposal(ctx.state, proposal);
    }
    for (const { voter, vote } of governance.vote_entries?.get(proposal.id) ?? []) {
      setVote(ctx.state, proposal.id, voter, vote);
    }
  }
  setNextId(ctx.state, largest + 1n);
}
