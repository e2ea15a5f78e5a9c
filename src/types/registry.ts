import { hash, namespace, publicKey } from "../codec/common-types.ts";
import {
  bool,
  fixedBytes,
  type Infer,
  i64,
  list,
  map,
  nullable,
  optional,
  struct,
  u8,
} from "../codec/schema.ts";
import { Costs, EpochTime, MultiSigned, Signed } from "./common.ts";
import { Entity } from "./entity.ts";
import { Node } from "./node.ts";
import { Runtime, RuntimeGovernanceModel } from "./runtime.ts";
import { TEEFeatures } from "./sgx.ts";

/** Registry parameters. `enable_km_churp` is kept for old documents and ignored. */
export const ConsensusParameters = struct("ConsensusParameters", {
  debug_allow_unroutable_addresses: optional(bool),
  debug_allow_test_runtimes: optional(bool),
  debug_deploy_immediately: optional(bool),
  disable_runtime_registration: optional(bool),
  disable_km_runtime_registration: optional(bool),
  enable_km_churp: optional(bool),
  gas_costs: optional(Costs),
  max_node_expiration: optional(EpochTime),
  enable_runtime_governance_models: optional(map(RuntimeGovernanceModel, bool)),
  tee_features: optional(nullable(TEEFeatures)),
  max_runtime_deployments: optional(u8),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Parameters that a governance proposal may change; null: no change. */
export const ConsensusParameterChanges = struct("ConsensusParameterChanges", {
  disable_runtime_registration: optional(nullable(bool)),
  disable_km_runtime_registration: optional(nullable(bool)),
  gas_costs: optional(Costs),
  max_node_expiration: optional(nullable(EpochTime)),
  enable_runtime_governance_models: optional(map(RuntimeGovernanceModel, bool)),
  tee_features: optional(nullable(TEEFeatures)),
  max_runtime_deployments: optional(nullable(u8)),
});
export type ConsensusParameterChanges = Infer<typeof ConsensusParameterChanges>;

/** Liveness faults of a node in one ParaTime. */
export const Fault = struct("Fault", {
  failures: optional(u8),
  suspended_until: optional(EpochTime),
});
export type Fault = Infer<typeof Fault>;

/** What the registry remembers about a node besides its descriptor. */
export const NodeStatus = struct("NodeStatus", {
  expiration_processed: bool,
  freeze_end_time: EpochTime,
  election_eligible_after: EpochTime,
  faults: optional(map(namespace, Fault)),
});
export type NodeStatus = Infer<typeof NodeStatus>;

/** Freeze end of a node that stays frozen for ever. */
export const FREEZE_FOREVER: EpochTime = 0xffff_ffff_ffff_ffffn;

/** Registry part of the genesis document. */
export const Genesis = struct("Genesis", {
  params: ConsensusParameters,
  entities: optional(list(Signed)),
  runtimes: optional(list(Runtime)),
  suspended_runtimes: optional(list(Runtime)),
  nodes: optional(list(MultiSigned)),
  node_statuses: optional(map(publicKey, NodeStatus)),
});
export type Genesis = Infer<typeof Genesis>;

/** Body of `registry.DeregisterEntity`; it is never read. */
export const DeregisterEntity = struct("DeregisterEntity", {});
export type DeregisterEntity = Infer<typeof DeregisterEntity>;

/** Body of `registry.UnfreezeNode`. */
export const UnfreezeNode = struct("UnfreezeNode", { node_id: publicKey });
export type UnfreezeNode = Infer<typeof UnfreezeNode>;

/** Body of `registry.ProveFreshness`: a blob of 32 bytes; shorter and longer ones are padded or cut when read. */
export const ProveFreshness = fixedBytes("ProveFreshness", 32, "array", { anyLength: true });
export type ProveFreshness = Infer<typeof ProveFreshness>;

/** A ParaTime was registered, updated or resumed. */
export const RuntimeStartedEvent = struct("RuntimeStartedEvent", { runtime: nullable(Runtime) });
export type RuntimeStartedEvent = Infer<typeof RuntimeStartedEvent>;

/** A ParaTime was suspended. */
export const RuntimeSuspendedEvent = struct("RuntimeSuspendedEvent", { runtime_id: namespace });
export type RuntimeSuspendedEvent = Infer<typeof RuntimeSuspendedEvent>;

/** An entity was registered or deregistered. */
export const EntityEvent = struct("EntityEvent", { entity: nullable(Entity), is_registration: bool });
export type EntityEvent = Infer<typeof EntityEvent>;

/** A node was registered or expired. */
export const NodeEvent = struct("NodeEvent", { node: nullable(Node), is_registration: bool });
export type NodeEvent = Infer<typeof NodeEvent>;

/** A node was unfrozen. */
export const NodeUnfrozenEvent = struct("NodeUnfrozenEvent", { node_id: publicKey });
export type NodeUnfrozenEvent = Infer<typeof NodeUnfrozenEvent>;

/** A registry event as the API gives it. */
export const Event = struct("Event", {
  height: optional(i64),
  tx_hash: optional(hash),
  runtime_started: optional(nullable(RuntimeStartedEvent)),
  runtime_suspended: optional(nullable(RuntimeSuspendedEvent)),
  entity: optional(nullable(EntityEvent)),
  node: optional(nullable(NodeEvent)),
  node_unfrozen: optional(nullable(NodeUnfrozenEvent)),
});
export type Event = Infer<typeof Event>;

/** All nodes of an epoch, sorted by id. */
export const NodeList = struct("NodeList", { nodes: list(Node) });
export type NodeList = Infer<typeof NodeList>;
