import { hash, publicKey, rawSignature } from "../codec/common-types.ts";
import { bool, type Infer, list, map, nullable, optional, struct, u8, u32, u64 } from "../codec/schema.ts";
import { Message } from "./roothash-message.ts";

/** The executor has results. */
export const FAILURE_NONE = 0;
/** The executor failed for an unknown reason. */
export const FAILURE_UNKNOWN = 1;
/** The executor lacks the state that the round starts from. */
export const FAILURE_STATE_UNAVAILABLE = 2;

/** Results of a round; the hash of its encoding is an executor's vote. */
export const ComputeResultsHeader = struct("ComputeResultsHeader", {
  round: u64,
  previous_hash: hash,
  io_root: optional(nullable(hash)),
  state_root: optional(nullable(hash)),
  messages_hash: optional(nullable(hash)),
  in_msgs_hash: optional(nullable(hash)),
  in_msgs_count: optional(u32),
});
export type ComputeResultsHeader = Infer<typeof ComputeResultsHeader>;

/** What an executor signs; `rak_sig` is the enclave's signature of the inner header. */
export const ExecutorCommitmentHeader = struct("ExecutorCommitmentHeader", {
  scheduler_id: publicKey,
  header: ComputeResultsHeader,
  failure: optional(u8),
  rak_sig: optional(nullable(rawSignature)),
});
export type ExecutorCommitmentHeader = Infer<typeof ExecutorCommitmentHeader>;

/** An executor's commitment; only the scheduler's own carries messages. */
export const ExecutorCommitment = struct("ExecutorCommitment", {
  node_id: publicKey,
  header: ExecutorCommitmentHeader,
  sig: rawSignature,
  messages: optional(list(Message)),
});
export type ExecutorCommitment = Infer<typeof ExecutorCommitment>;

/** What a scheduler signs about the batch it proposes. */
export const ProposalHeader = struct("ProposalHeader", { round: u64, previous_hash: hash, batch_hash: hash });
export type ProposalHeader = Infer<typeof ProposalHeader>;

/** A proposed batch; `batch` holds the transaction hashes in order. */
export const Proposal = struct("Proposal", {
  node_id: publicKey,
  header: ProposalHeader,
  sig: rawSignature,
  batch: optional(list(hash)),
});
export type Proposal = Infer<typeof Proposal>;

/** A scheduler's commitment and the votes on it; a null vote stands for failure. */
export const SchedulerCommitment = struct("SchedulerCommitment", {
  commitment: optional(nullable(ExecutorCommitment)),
  votes: optional(map(publicKey, nullable(hash))),
});
export type SchedulerCommitment = Infer<typeof SchedulerCommitment>;

/** Highest rank of a pool that has no scheduler commitment yet. */
export const NO_RANK = 0xffff_ffff_ffff_ffffn;

/** Commitments collected for a round. oasis-core v26.1 go/roothash/api/commitment/pool.go. */
export const Pool = struct("Pool", {
  highest_rank: optional(u64),
  scheduler_commitments: optional(map(u64, SchedulerCommitment)),
  discrepancy: optional(bool),
});
export type Pool = Infer<typeof Pool>;
