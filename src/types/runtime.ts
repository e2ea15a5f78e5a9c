import { hash, namespace, publicKey } from "../codec/common-types.ts";
import {
  bytes,
  duration,
  type Infer,
  i64,
  list,
  map,
  nullable,
  optional,
  quantity,
  struct,
  textEnum,
  u8,
  u16,
  u32,
  u64,
} from "../codec/schema.ts";
import { EpochTime, Version } from "./common.ts";
import { RolesMask } from "./roles.ts";
import { CommitteeKind, Role } from "./scheduler.ts";
import { Slash, SlashReason, ThresholdKind } from "./staking.ts";

/** The only descriptor version that is accepted. */
export const LATEST_RUNTIME_DESCRIPTOR_VERSION = 3;

/** Not a kind. */
export const KIND_INVALID = 0;
/** A ParaTime with compute committees. */
export const KIND_COMPUTE = 1;
/** A key manager. */
export const KIND_KEY_MANAGER = 2;

/** Who may change a ParaTime's descriptor. */
export const RuntimeGovernanceModel = textEnum("RuntimeGovernanceModel", "u8", {
  invalid: 0,
  entity: 1,
  runtime: 2,
  consensus: 3,
});
export type RuntimeGovernanceModel = Infer<typeof RuntimeGovernanceModel>;
/** The owning entity. */
export const GOVERNANCE_ENTITY = 1;
/** The ParaTime itself, by message. */
export const GOVERNANCE_RUNTIME = 2;
/** The consensus layer; no transaction can change it. */
export const GOVERNANCE_CONSENSUS = 3;

/** Executor committees; `round_timeout` in consensus blocks. */
export const ExecutorParameters = struct("ExecutorParameters", {
  group_size: u16,
  group_backup_size: u16,
  allowed_stragglers: u16,
  round_timeout: i64,
  max_messages: u32,
  min_live_rounds_percent: optional(u8),
  max_missed_proposals_percent: optional(u8),
  min_live_rounds_eval: optional(u64),
  max_liveness_fails: optional(u8),
});
export type ExecutorParameters = Infer<typeof ExecutorParameters>;

/** Batching of ParaTime transactions; durations in nanoseconds. */
export const TxnSchedulerParameters = struct("TxnSchedulerParameters", {
  batch_flush_timeout: optional(duration),
  max_batch_size: optional(u64),
  max_batch_size_bytes: optional(u64),
  max_in_messages: optional(u32),
  propose_batch_timeout: optional(duration),
});
export type TxnSchedulerParameters = Infer<typeof TxnSchedulerParameters>;

/** State checkpoints; the interval in rounds. All three are always encoded, zero too. */
export const StorageParameters = struct("StorageParameters", {
  checkpoint_interval: u64,
  checkpoint_num_kept: u64,
  checkpoint_chunk_size: u64,
});
export type StorageParameters = Infer<typeof StorageParameters>;

const Nothing = struct("Nothing", {});
/** A member without members, `{}`: its presence is what counts. */
export type Nothing = Infer<typeof Nothing>;

/** Limit on how many nodes take part. */
export const NodeLimit = struct("NodeLimit", { limit: u16 });
export type NodeLimit = Infer<typeof NodeLimit>;

/** Who may be elected into one role of a committee. */
export const SchedulingConstraints = struct("SchedulingConstraints", {
  validator_set: optional(nullable(Nothing)),
  max_nodes: optional(nullable(NodeLimit)),
  min_pool_size: optional(nullable(NodeLimit)),
});
export type SchedulingConstraints = Infer<typeof SchedulingConstraints>;

/** Stake that a ParaTime asks of its nodes, and how it slashes; rewards in percent. */
export const RuntimeStakingParameters = struct("RuntimeStakingParameters", {
  thresholds: optional(map(ThresholdKind, quantity)),
  slashing: optional(map(SlashReason, Slash)),
  reward_equivocation: optional(u8),
  reward_bad_results: optional(u8),
  min_in_message_fee: optional(quantity),
});
export type RuntimeStakingParameters = Infer<typeof RuntimeStakingParameters>;

/** Nodes of one entity, by role; an empty map means no limit, a missing role none allowed. */
export const EntityWhitelistConfig = struct("EntityWhitelistConfig", {
  max_nodes: optional(map(RolesMask, u16)),
});
/** Entities whose nodes are admitted. */
export const EntityWhitelistRuntimeAdmissionPolicy = struct("EntityWhitelistRuntimeAdmissionPolicy", {
  entities: map(publicKey, EntityWhitelistConfig),
});
/** Nodes of one entity in one role; 0 means no limit. */
export const EntityWhitelistRoleConfig = struct("EntityWhitelistRoleConfig", { max_nodes: optional(u16) });
/** Entities whose nodes are admitted in one role. */
export const EntityWhitelistRoleAdmissionPolicy = struct("EntityWhitelistRoleAdmissionPolicy", {
  entities: map(publicKey, EntityWhitelistRoleConfig),
});
/** Admission for one role. */
export const PerRoleAdmissionPolicy = struct("PerRoleAdmissionPolicy", {
  entity_whitelist: optional(nullable(EntityWhitelistRoleAdmissionPolicy)),
});

/** Which nodes may register for the ParaTime. */
export const RuntimeAdmissionPolicy = struct("RuntimeAdmissionPolicy", {
  any_node: optional(nullable(Nothing)),
  entity_whitelist: optional(nullable(EntityWhitelistRuntimeAdmissionPolicy)),
  per_role: optional(map(RolesMask, PerRoleAdmissionPolicy)),
});
export type RuntimeAdmissionPolicy = Infer<typeof RuntimeAdmissionPolicy>;

/** A deployed version. `tee` is CBOR of {@link "./sgx-attestation.ts".SGXConstraints} where the ParaTime has TEE. */
export const VersionInfo = struct("VersionInfo", {
  version: Version,
  valid_from: EpochTime,
  tee: optional(bytes),
  bundle_checksum: optional(bytes),
});
export type VersionInfo = Infer<typeof VersionInfo>;

/** State and round that the ParaTime starts from. */
export const RuntimeGenesis = struct("RuntimeGenesis", { state_root: hash, round: u64 });
export type RuntimeGenesis = Infer<typeof RuntimeGenesis>;

/**
 * A ParaTime's descriptor. Not signed; stored re-encoded. `deployments` may hold null entries on the wire, which
 * checks reject. oasis-core v26.1 go/registry/api/runtime.go.
 */
export const Runtime = struct("Runtime", {
  v: u16,
  id: namespace,
  entity_id: publicKey,
  genesis: RuntimeGenesis,
  kind: u32,
  tee_hardware: u8,
  key_manager: optional(nullable(namespace)),
  executor: optional(ExecutorParameters),
  txn_scheduler: optional(TxnSchedulerParameters),
  storage: optional(StorageParameters),
  admission_policy: RuntimeAdmissionPolicy,
  constraints: optional(map(CommitteeKind, map(Role, SchedulingConstraints))),
  staking: optional(RuntimeStakingParameters),
  governance_model: RuntimeGovernanceModel,
  deployments: optional(list(nullable(VersionInfo))),
});
export type Runtime = Infer<typeof Runtime>;
