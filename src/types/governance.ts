import { address, hash } from "../codec/common-types.ts";
import {
  bool,
  type Infer,
  i64,
  list,
  map,
  nullable,
  optional,
  quantity,
  raw,
  struct,
  text,
  textEnum,
  u8,
  u64,
} from "../codec/schema.ts";
import { Costs, EpochTime } from "./common.ts";
import { Descriptor } from "./upgrade.ts";

/** State of a proposal. */
export const ProposalState = textEnum("ProposalState", "u8", {
  active: 1,
  passed: 2,
  rejected: 3,
  failed: 4,
});
export type ProposalState = Infer<typeof ProposalState>;
export const STATE_ACTIVE = 1;
export const STATE_PASSED = 2;
export const STATE_REJECTED = 3;
export const STATE_FAILED = 4;

/** A vote. Other numbers are accepted from the wire, stored and tallied (facts/consensus-a.md 0.15). */
export const Vote = textEnum("Vote", "u8", { yes: 1, no: 2, abstain: 3 });
export type Vote = Infer<typeof Vote>;
export const VOTE_YES = 1;
export const VOTE_NO = 2;
export const VOTE_ABSTAIN = 3;

/** Shortest title of a proposal in bytes. */
export const MIN_TITLE_LENGTH = 3;
/** Longest title of a proposal in bytes. */
export const MAX_TITLE_LENGTH = 100;

/** What a proposal is called. */
export const ProposalMetadata = struct("ProposalMetadata", { title: text, description: optional(text) });
export type ProposalMetadata = Infer<typeof ProposalMetadata>;

/** Content: withdraw an upgrade that was accepted. */
export const CancelUpgradeProposal = struct("CancelUpgradeProposal", { proposal_id: u64 });
export type CancelUpgradeProposal = Infer<typeof CancelUpgradeProposal>;

/** Content: change parameters of a module; `changes` is CBOR of its `ConsensusParameterChanges`. */
export const ChangeParametersProposal = struct("ChangeParametersProposal", { module: text, changes: raw });
export type ChangeParametersProposal = Infer<typeof ChangeParametersProposal>;

/** Body of `governance.SubmitProposal`; exactly one of the last three is there. */
export const ProposalContent = struct("ProposalContent", {
  metadata: optional(nullable(ProposalMetadata)),
  upgrade: optional(nullable(Descriptor)),
  cancel_upgrade: optional(nullable(CancelUpgradeProposal)),
  change_parameters: optional(nullable(ChangeParametersProposal)),
});
export type ProposalContent = Infer<typeof ProposalContent>;

/** Body of `governance.CastVote`. */
export const ProposalVote = struct("ProposalVote", { id: u64, vote: Vote });
export type ProposalVote = Infer<typeof ProposalVote>;

/** A proposal and, when closed, its result in shares-weighted stake. */
export const Proposal = struct("Proposal", {
  id: u64,
  submitter: address,
  state: ProposalState,
  deposit: quantity,
  content: ProposalContent,
  created_at: EpochTime,
  closes_at: EpochTime,
  results: optional(map(Vote, quantity)),
  invalid_votes: optional(u64),
});
export type Proposal = Infer<typeof Proposal>;

/** Who voted what. */
export const VoteEntry = struct("VoteEntry", { voter: address, vote: Vote });
export type VoteEntry = Infer<typeof VoteEntry>;

/** Governance parameters; periods in epochs, threshold in percent. */
export const ConsensusParameters = struct("ConsensusParameters", {
  gas_costs: optional(Costs),
  min_proposal_deposit: optional(quantity),
  voting_period: optional(EpochTime),
  stake_threshold: optional(u8),
  upgrade_min_epoch_diff: optional(EpochTime),
  upgrade_cancel_min_epoch_diff: optional(EpochTime),
  enable_change_parameters_proposal: optional(bool),
  allow_vote_without_entity: optional(bool),
  allow_proposal_metadata: optional(bool),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Parameters that a governance proposal may change; null: no change. */
export const ConsensusParameterChanges = struct("ConsensusParameterChanges", {
  gas_costs: optional(Costs),
  min_proposal_deposit: optional(nullable(quantity)),
  voting_period: optional(nullable(EpochTime)),
  stake_threshold: optional(nullable(u8)),
  upgrade_min_epoch_diff: optional(nullable(EpochTime)),
  upgrade_cancel_min_epoch_diff: optional(nullable(EpochTime)),
  enable_change_parameters_proposal: optional(nullable(bool)),
});
export type ConsensusParameterChanges = Infer<typeof ConsensusParameterChanges>;

/** Governance part of the genesis document. */
export const Genesis = struct("Genesis", {
  params: ConsensusParameters,
  proposals: optional(list(Proposal)),
  vote_entries: optional(map(u64, list(VoteEntry))),
});
export type Genesis = Infer<typeof Genesis>;

/** A proposal was submitted. */
export const ProposalSubmittedEvent = struct("ProposalSubmittedEvent", { id: u64, submitter: address });
export type ProposalSubmittedEvent = Infer<typeof ProposalSubmittedEvent>;

/** A passed proposal was carried out. */
export const ProposalExecutedEvent = struct("ProposalExecutedEvent", { id: u64 });
export type ProposalExecutedEvent = Infer<typeof ProposalExecutedEvent>;

/** Voting closed. */
export const ProposalFinalizedEvent = struct("ProposalFinalizedEvent", { id: u64, state: ProposalState });
export type ProposalFinalizedEvent = Infer<typeof ProposalFinalizedEvent>;

/** A vote was cast. */
export const VoteEvent = struct("VoteEvent", { id: u64, submitter: address, vote: Vote });
export type VoteEvent = Infer<typeof VoteEvent>;

/** A governance event as the API gives it. */
export const Event = struct("Event", {
  height: optional(i64),
  tx_hash: optional(hash),
  proposal_submitted: optional(nullable(ProposalSubmittedEvent)),
  proposal_executed: optional(nullable(ProposalExecutedEvent)),
  proposal_finalized: optional(nullable(ProposalFinalizedEvent)),
  vote: optional(nullable(VoteEvent)),
});
export type Event = Infer<typeof Event>;
