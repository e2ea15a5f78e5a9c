import { address, type Hash, hash, namespace, publicKey } from "../codec/common-types.ts";
import {
  bool,
  bytes,
  type Codec,
  defineCodec,
  type Infer,
  i64,
  list,
  map,
  nullable,
  optional,
  quantity,
  struct,
  tuple,
  u32,
  u64,
} from "../codec/schema.ts";
import { Costs } from "./common.ts";
import { Block } from "./roothash-block.ts";
import { ExecutorCommitment, Pool, Proposal } from "./roothash-commitment.ts";
import { MessageEvent } from "./roothash-message.ts";
import { Runtime } from "./runtime.ts";
import { Committee } from "./scheduler.ts";

/** Counters of the running epoch, one a committee member. */
export const LivenessStatistics = struct("LivenessStatistics", {
  total_rounds: u64,
  good_rounds: list(u64),
  finalized_proposals: list(u64),
  missed_proposals: list(u64),
});
export type LivenessStatistics = Infer<typeof LivenessStatistics>;

/** State of a ParaTime; `runtime` is its descriptor as of the last committee change. */
export const RuntimeState = struct("RuntimeState", {
  runtime: nullable(Runtime),
  suspended: optional(bool),
  genesis_block: nullable(Block),
  last_block: nullable(Block),
  last_block_height: i64,
  last_normal_round: u64,
  last_normal_height: i64,
  committee: optional(nullable(Committee)),
  commitment_pool: optional(nullable(Pool)),
  timeout: optional(i64),
  liveness_stats: optional(nullable(LivenessStatistics)),
});
export type RuntimeState = Infer<typeof RuntimeState>;

/** Timeout of a ParaTime that waits for nothing. */
export const TIMEOUT_NEVER = 0n;

/** Results of the last finalised round. Entities are listed once for every node of theirs. */
export const RoundResults = struct("RoundResults", {
  messages: optional(list(MessageEvent)),
  good_compute_entities: optional(list(publicKey)),
  bad_compute_entities: optional(list(publicKey)),
});
export type RoundResults = Infer<typeof RoundResults>;

const RoundRootsArray = tuple("RoundRoots", [hash, hash]);
export interface RoundRoots {
  state_root: Hash;
  io_root: Hash;
}

/** State and I/O root of a round: an array of both in CBOR. */
export const RoundRoots: Codec<RoundRoots> = defineCodec<RoundRoots>({
  typeName: "RoundRoots",
  zero: () => ({ state_root: hash.zero(), io_root: hash.zero() }),
  isEmpty: () => false,
  write: (writer, value) => RoundRootsArray.write(writer, [value.state_root, value.io_root]),
  read: (reader) => {
    const [stateRoot, ioRoot] = RoundRootsArray.read(reader);
    return { state_root: stateRoot, io_root: ioRoot };
  },
  toJson: (value) => ({ StateRoot: hash.toJson(value.state_root), IORoot: hash.toJson(value.io_root) }),
  fromJson: (json, path) => {
    const members = RoundRootsJson.fromJson(json, path);
    return { state_root: members.StateRoot, io_root: members.IORoot };
  },
});
const RoundRootsJson = struct("RoundRoots", { StateRoot: hash, IORoot: hash });

/** Roothash parameters; evidence age in rounds. */
export const ConsensusParameters = struct("ConsensusParameters", {
  gas_costs: optional(Costs),
  debug_do_not_suspend_runtimes: optional(bool),
  debug_bypass_stake: optional(bool),
  max_runtime_messages: u32,
  max_in_runtime_messages: u32,
  max_evidence_age: u64,
  max_past_roots_stored: optional(u64),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Parameters that a governance proposal may change; null: no change. */
export const ConsensusParameterChanges = struct("ConsensusParameterChanges", {
  gas_costs: optional(Costs),
  max_runtime_messages: nullable(u32),
  max_in_runtime_messages: nullable(u32),
  max_evidence_age: nullable(u64),
  max_past_roots_stored: optional(nullable(u64)),
});
export type ConsensusParameterChanges = Infer<typeof ConsensusParameterChanges>;

/** State that a ParaTime starts from, in place of its descriptor's. */
export const GenesisRuntimeState = struct("GenesisRuntimeState", {
  state_root: hash,
  round: u64,
  message_results: optional(list(MessageEvent)),
});
export type GenesisRuntimeState = Infer<typeof GenesisRuntimeState>;

/** Roothash part of the genesis document. */
export const Genesis = struct("Genesis", {
  params: ConsensusParameters,
  runtime_states: optional(map(namespace, GenesisRuntimeState)),
});
export type Genesis = Infer<typeof Genesis>;

/** Body of `roothash.ExecutorCommit`. */
export const ExecutorCommit = struct("ExecutorCommit", { id: namespace, commits: list(ExecutorCommitment) });
export type ExecutorCommit = Infer<typeof ExecutorCommit>;

/** Body of `roothash.SubmitMsg`. */
export const SubmitMsg = struct("SubmitMsg", {
  id: namespace,
  tag: optional(u64),
  fee: optional(quantity),
  tokens: optional(quantity),
  data: optional(bytes),
});
export type SubmitMsg = Infer<typeof SubmitMsg>;

/** Two different commitments of one node for one round. */
export const EquivocationExecutorEvidence = struct("EquivocationExecutorEvidence", {
  commit_a: ExecutorCommitment,
  commit_b: ExecutorCommitment,
});
export type EquivocationExecutorEvidence = Infer<typeof EquivocationExecutorEvidence>;

/** Two different proposals of one node for one round. */
export const EquivocationProposalEvidence = struct("EquivocationProposalEvidence", {
  prop_a: Proposal,
  prop_b: Proposal,
});
export type EquivocationProposalEvidence = Infer<typeof EquivocationProposalEvidence>;

/** Body of `roothash.Evidence`. */
export const Evidence = struct("Evidence", {
  id: namespace,
  equivocation_executor: optional(nullable(EquivocationExecutorEvidence)),
  equivocation_prop: optional(nullable(EquivocationProposalEvidence)),
});
export type Evidence = Infer<typeof Evidence>;

/** A commitment was accepted. */
export const ExecutorCommittedEvent = struct("ExecutorCommittedEvent", { commit: ExecutorCommitment });
export type ExecutorCommittedEvent = Infer<typeof ExecutorCommittedEvent>;

/** The executors disagree; the backup workers take over. */
export const ExecutionDiscrepancyDetectedEvent = struct("ExecutionDiscrepancyDetectedEvent", {
  round: u64,
  rank: u64,
  timeout: bool,
});
export type ExecutionDiscrepancyDetectedEvent = Infer<typeof ExecutionDiscrepancyDetectedEvent>;

/** A round was finalised. */
export const FinalizedEvent = struct("FinalizedEvent", { round: u64 });
export type FinalizedEvent = Infer<typeof FinalizedEvent>;

/** A ParaTime took an incoming message. */
export const InMsgProcessedEvent = struct("InMsgProcessedEvent", {
  id: u64,
  round: u64,
  caller: address,
  tag: optional(u64),
});
export type InMsgProcessedEvent = Infer<typeof InMsgProcessedEvent>;

/** A roothash event as the API gives it. */
export const Event = struct("Event", {
  height: optional(i64),
  tx_hash: optional(hash),
  runtime_id: namespace,
  executor_committed: optional(nullable(ExecutorCommittedEvent)),
  execution_discrepancy: optional(nullable(ExecutionDiscrepancyDetectedEvent)),
  finalized: optional(nullable(FinalizedEvent)),
  in_msg_processed: optional(nullable(InMsgProcessedEvent)),
});
export type Event = Infer<typeof Event>;
