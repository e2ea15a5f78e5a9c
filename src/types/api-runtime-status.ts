import { hash } from "../codec/common-types.ts";
import {
  bool,
  byteEnumList,
  type Infer,
  i64,
  list,
  nullable,
  optional,
  struct,
  text,
  textEnum,
  u16,
  u64,
  unixTime,
} from "../codec/schema.ts";
import { Version } from "./common.ts";
import { Timestamp } from "./roothash-block.ts";
import { Runtime } from "./runtime.ts";
import { Role } from "./scheduler.ts";
import { Root } from "./storage.ts";

// Status of one ParaTime on a node. oasis-core v26.1 go/control/api and go/worker, facts/api.md 2.13.

/** What a ParaTime's committee worker waits for. */
export const CommitteeStatusState = textEnum("StatusState", "u8", {
  ready: 0,
  "waiting for consensus sync": 1,
  "waiting for runtime registry descriptor": 2,
  "waiting for available keymanager": 3,
  "waiting for hosted runtime provision": 4,
  "waiting for history reindex": 5,
  "waiting for workers to initialize": 6,
  "runtime suspended": 7,
});
export type CommitteeStatusState = Infer<typeof CommitteeStatusState>;
export const COMMITTEE_READY = 0;
export const COMMITTEE_WAITING_CONSENSUS_SYNC = 1;
export const COMMITTEE_WAITING_RUNTIME_REGISTRY = 2;
export const COMMITTEE_WAITING_KEY_MANAGER = 3;
export const COMMITTEE_WAITING_HOSTED_RUNTIME = 4;
export const COMMITTEE_WAITING_HISTORY_REINDEX = 5;
export const COMMITTEE_WAITING_WORKERS_INIT = 6;
export const COMMITTEE_RUNTIME_SUSPENDED = 7;

/** What a ParaTime's executor waits for. */
export const ExecutorStatusState = textEnum("StatusState", "u8", {
  ready: 0,
  "waiting for runtime readiness": 1,
  "waiting for trust sync": 2,
});
export type ExecutorStatusState = Infer<typeof ExecutorStatusState>;
export const EXECUTOR_READY = 0;
export const EXECUTOR_WAITING_RUNTIME = 1;
export const EXECUTOR_WAITING_TRUST_SYNC = 2;

/** Texts of {@link StorageStatus}, which are texts in CBOR too. */
export const STORAGE_STATUS = {
  initializing: "initializing",
  starting: "starting",
  stopping: "stopping",
  initializingGenesis: "initializing genesis",
  syncStartCheck: "sync start check",
  syncingCheckpoints: "syncing checkpoints",
  syncingRounds: "syncing rounds",
} as const;

/** Texts of {@link IndexerStatus}. */
export const INDEXER_STATUS = {
  started: "started",
  reindexing: "reindexing",
  indexing: "indexing",
  stopped: "stopped",
} as const;

/** The node's contribution in the running epoch. */
export const LivenessStatus = struct("LivenessStatus", {
  total_rounds: u64,
  live_rounds: u64,
  finalized_proposals: u64,
  missed_proposals: u64,
});
export type LivenessStatus = Infer<typeof LivenessStatus>;

/** ParaTime versions that the host can run. */
export const HostStatus = struct("HostStatus", { versions: list(Version) });
export type HostStatus = Infer<typeof HostStatus>;

/** The committee worker. `scheduler_rank` is 2^64-1 outside the committee. */
export const CommitteeStatus = struct("CommitteeStatus", {
  status: CommitteeStatusState,
  active_version: nullable(Version),
  latest_round: u64,
  latest_height: i64,
  executor_roles: byteEnumList(Role),
  scheduler_rank: u64,
  liveness: optional(nullable(LivenessStatus)),
  peers: list(text),
  host: HostStatus,
});
export type CommitteeStatus = Infer<typeof CommitteeStatus>;

/** The executor worker. */
export const ExecutorStatus = struct("ExecutorStatus", { status: ExecutorStatusState });
export type ExecutorStatus = Infer<typeof ExecutorStatus>;

/** The storage worker. */
export const StorageStatus = struct("StorageStatus", { status: text, last_finalized_round: u64 });
export type StorageStatus = Infer<typeof StorageStatus>;

/** How far a re-index is. */
export const ReindexStatus = struct("ReindexStatus", {
  batch_size: u16,
  last_height: i64,
  start_height: i64,
  end_height: i64,
  eta: unixTime,
});
export type ReindexStatus = Infer<typeof ReindexStatus>;

/** The history of the ParaTime's blocks. */
export const IndexerStatus = struct("IndexerStatus", {
  status: text,
  last_round: u64,
  reindex_status: optional(nullable(ReindexStatus)),
});
export type IndexerStatus = Infer<typeof IndexerStatus>;

/** A component of the ParaTime (`ronl` or `rofl`). */
export const ComponentStatus = struct("ComponentStatus", {
  kind: text,
  name: optional(text),
  version: optional(Version),
  detached: optional(bool),
  disabled: optional(bool),
});
export type ComponentStatus = Infer<typeof ComponentStatus>;

/** Status of a ParaTime. */
export const RuntimeStatus = struct("RuntimeStatus", {
  descriptor: nullable(Runtime),
  latest_round: u64,
  latest_hash: hash,
  latest_time: Timestamp,
  latest_state_root: Root,
  genesis_round: u64,
  genesis_hash: hash,
  last_retained_round: u64,
  last_retained_hash: hash,
  committee: nullable(CommitteeStatus),
  executor: optional(nullable(ExecutorStatus)),
  storage: optional(nullable(StorageStatus)),
  indexer: optional(nullable(IndexerStatus)),
  provisioner: optional(text),
  components: optional(list(ComponentStatus)),
});
export type RuntimeStatus = Infer<typeof RuntimeStatus>;
