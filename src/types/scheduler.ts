import { namespace, publicKey } from "../codec/common-types.ts";
import {
  bool,
  byteEnumList,
  type Infer,
  i64,
  int,
  list,
  map,
  nullable,
  optional,
  quantity,
  struct,
  textEnum,
  u8,
  u64,
} from "../codec/schema.ts";
import { EpochTime } from "./common.ts";

/** What a committee is for. */
export const CommitteeKind = textEnum("CommitteeKind", "u8", { invalid: 0, executor: 1 });
export type CommitteeKind = Infer<typeof CommitteeKind>;
/** Executes ParaTime transactions. */
export const KIND_COMPUTE_EXECUTOR = 1;

/** A member's role in a committee. */
export const Role = textEnum("Role", "u8", { invalid: 0, worker: 1, "backup-worker": 2 });
export type Role = Infer<typeof Role>;
/** Executes every round. */
export const ROLE_WORKER = 1;
/** Executes when the workers disagree. */
export const ROLE_BACKUP_WORKER = 2;

/** A member of a committee. */
export const CommitteeNode = struct("CommitteeNode", { role: Role, public_key: publicKey });
export type CommitteeNode = Infer<typeof CommitteeNode>;

/** A committee elected for one epoch; workers come before backup workers. */
export const Committee = struct("Committee", {
  kind: CommitteeKind,
  members: list(CommitteeNode),
  runtime_id: namespace,
  valid_for: EpochTime,
});
export type Committee = Infer<typeof Committee>;

/** An elected validator, as state and API hold it. */
export const Validator = struct("Validator", { id: publicKey, entity_id: publicKey, voting_power: i64 });
export type Validator = Infer<typeof Validator>;

/** Validator sets in state: consensus key to validator. */
export const ValidatorSet = map(publicKey, Validator);
export type ValidatorSet = Infer<typeof ValidatorSet>;

/** Forces a node into a committee (test networks only). `roles` is a byte string in CBOR (facts/formats.md 0.8). */
export const ForceElectCommitteeRole = struct("ForceElectCommitteeRole", {
  kind: optional(CommitteeKind),
  roles: optional(byteEnumList(Role)),
  index: optional(u64),
});
export type ForceElectCommitteeRole = Infer<typeof ForceElectCommitteeRole>;

/** Voting power grows with the stake. */
export const VOTING_POWER_LINEAR = 0;
/** Voting power grows with the square root of the stake. */
export const VOTING_POWER_SQRT = 1;

/** Scheduler parameters. */
export const ConsensusParameters = struct("ConsensusParameters", {
  min_validators: int,
  max_validators: int,
  max_validators_per_entity: int,
  debug_bypass_stake: optional(bool),
  reward_factor_epoch_election_any: quantity,
  debug_force_elect: optional(map(namespace, map(publicKey, ForceElectCommitteeRole))),
  debug_allow_weak_alpha: optional(bool),
  voting_power_distribution: optional(u8),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Parameters that a governance proposal may change; null: no change. */
export const ConsensusParameterChanges = struct("ConsensusParameterChanges", {
  min_validators: nullable(int),
  max_validators: nullable(int),
  voting_power_distribution: optional(nullable(u8)),
});
export type ConsensusParameterChanges = Infer<typeof ConsensusParameterChanges>;

/** Scheduler part of the genesis document. */
export const Genesis = struct("Genesis", { params: ConsensusParameters });
export type Genesis = Infer<typeof Genesis>;

/** Committees of these kinds were elected. */
export const ElectedEvent = struct("ElectedEvent", { kinds: optional(byteEnumList(CommitteeKind)) });
export type ElectedEvent = Infer<typeof ElectedEvent>;
