import {
  ProposalExecutedEvent,
  ProposalFinalizedEvent,
  ProposalSubmittedEvent,
  VoteEvent,
} from "../../types/governance.ts";
import { eventKind } from "../events.ts";

const SERVICE = "300_governance";

export const proposalSubmittedEvent = eventKind(SERVICE, "proposal_submitted", ProposalSubmittedEvent);
export const proposalExecutedEvent = eventKind(SERVICE, "proposal_executed", ProposalExecutedEvent);
export const proposalFinalizedEvent = eventKind(SERVICE, "proposal_finalized", ProposalFinalizedEvent);
export const voteEvent = eventKind(SERVICE, "vote", VoteEvent);
