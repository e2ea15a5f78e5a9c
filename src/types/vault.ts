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
  u8,
  u32,
  u64,
} from "../codec/schema.ts";
import { Costs } from "./common.ts";

/** Withdrawals are refused. */
export const STATE_SUSPENDED = 0;
/** Withdrawals follow the policies. */
export const STATE_ACTIVE = 1;

/** Addresses of which `threshold` have to agree. */
export const Authority = struct("Authority", { addresses: list(address), threshold: u8 });
export type Authority = Infer<typeof Authority>;

/** A vault: an account that several parties govern. oasis-core v26.1 go/vault/api. */
export const Vault = struct("Vault", {
  creator: address,
  id: u64,
  state: u8,
  nonce: optional(u64),
  admin_authority: Authority,
  suspend_authority: Authority,
});
export type Vault = Infer<typeof Vault>;

/** How much an address may withdraw in every interval of so many blocks. */
export const WithdrawPolicy = struct("WithdrawPolicy", { limit_amount: quantity, limit_interval: u64 });
export type WithdrawPolicy = Infer<typeof WithdrawPolicy>;

/** An address's policy and how much of it is used. */
export const AddressState = struct("AddressState", {
  withdraw_policy: WithdrawPolicy,
  bucket: u64,
  amount: quantity,
});
export type AddressState = Infer<typeof AddressState>;

const Nothing = struct("Nothing", {});

/** Action: call a method with the vault as the caller. */
export const ActionExecuteMessage = struct("ActionExecuteMessage", { method: text, body: optional(raw) });
export type ActionExecuteMessage = Infer<typeof ActionExecuteMessage>;

/** Action: set an address's policy. */
export const ActionUpdateWithdrawPolicy = struct("ActionUpdateWithdrawPolicy", {
  address,
  policy: WithdrawPolicy,
});
export type ActionUpdateWithdrawPolicy = Infer<typeof ActionUpdateWithdrawPolicy>;

/** Action: replace one or both authorities. */
export const ActionUpdateAuthority = struct("ActionUpdateAuthority", {
  admin_authority: optional(nullable(Authority)),
  suspend_authority: optional(nullable(Authority)),
});
export type ActionUpdateAuthority = Infer<typeof ActionUpdateAuthority>;

/** An action; exactly one member is there. */
export const Action = struct("Action", {
  suspend: optional(nullable(Nothing)),
  resume: optional(nullable(Nothing)),
  execute_msg: optional(nullable(ActionExecuteMessage)),
  update_withdraw_policy: optional(nullable(ActionUpdateWithdrawPolicy)),
  update_authority: optional(nullable(ActionUpdateAuthority)),
});
export type Action = Infer<typeof Action>;

/** An action that waits for more parties to agree. */
export const PendingAction = struct("PendingAction", {
  nonce: u64,
  authorized_by: list(address),
  action: Action,
});
export type PendingAction = Infer<typeof PendingAction>;

/** Body of `vault.Create`. */
export const Create = struct("Create", { admin_authority: Authority, suspend_authority: Authority });
export type Create = Infer<typeof Create>;

/** Body of `vault.AuthorizeAction`. */
export const AuthorizeAction = struct("AuthorizeAction", { vault: address, nonce: u64, action: Action });
export type AuthorizeAction = Infer<typeof AuthorizeAction>;

/** Body of `vault.CancelAction`. */
export const CancelAction = struct("CancelAction", { vault: address, nonce: u64 });
export type CancelAction = Infer<typeof CancelAction>;

/** Vault parameters. */
export const ConsensusParameters = struct("ConsensusParameters", {
  enabled: optional(bool),
  max_authority_addresses: optional(u8),
  gas_costs: optional(Costs),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Parameters that a governance proposal may change; null: no change. */
export const ConsensusParameterChanges = struct("ConsensusParameterChanges", {
  max_authority_addresses: optional(nullable(u8)),
  gas_costs: optional(Costs),
});
export type ConsensusParameterChanges = Infer<typeof ConsensusParameterChanges>;

/** Vault part of the genesis document. */
export const Genesis = struct("Genesis", {
  params: ConsensusParameters,
  vaults: optional(list(Vault)),
  states: optional(map(address, map(address, AddressState))),
  pending_actions: optional(map(address, list(PendingAction))),
});
export type Genesis = Infer<typeof Genesis>;

/** An action was put forward or agreed to. */
export const ActionSubmittedEvent = struct("ActionSubmittedEvent", {
  submitter: address,
  vault: address,
  nonce: u64,
});
export type ActionSubmittedEvent = Infer<typeof ActionSubmittedEvent>;

/** A pending action was withdrawn. */
export const ActionCanceledEvent = struct("ActionCanceledEvent", { vault: address, nonce: u64 });
export type ActionCanceledEvent = Infer<typeof ActionCanceledEvent>;

/** Outcome of an action; empty when it succeeded. */
export const ActionExecutionResult = struct("ActionExecutionResult", {
  module: optional(text),
  code: optional(u32),
});
export type ActionExecutionResult = Infer<typeof ActionExecutionResult>;

/** An action was carried out. */
export const ActionExecutedEvent = struct("ActionExecutedEvent", {
  vault: address,
  nonce: u64,
  result: optional(ActionExecutionResult),
});
export type ActionExecutedEvent = Infer<typeof ActionExecutedEvent>;

/** A vault was suspended or resumed. */
export const StateChangedEvent = struct("StateChangedEvent", {
  vault: address,
  old_state: u8,
  new_state: u8,
});
export type StateChangedEvent = Infer<typeof StateChangedEvent>;

/** An address's policy was set. */
export const PolicyUpdatedEvent = struct("PolicyUpdatedEvent", { vault: address, address });
export type PolicyUpdatedEvent = Infer<typeof PolicyUpdatedEvent>;

/** An authority was replaced. */
export const AuthorityUpdatedEvent = struct("AuthorityUpdatedEvent", { vault: address });
export type AuthorityUpdatedEvent = Infer<typeof AuthorityUpdatedEvent>;

/** A vault event as the API gives it; the last two members are always encoded, null when unset. */
export const Event = struct("Event", {
  height: optional(i64),
  tx_hash: optional(hash),
  action_submitted: optional(nullable(ActionSubmittedEvent)),
  action_canceled: optional(nullable(ActionCanceledEvent)),
  action_executed: optional(nullable(ActionExecutedEvent)),
  state_changed: optional(nullable(StateChangedEvent)),
  policy_updated: nullable(PolicyUpdatedEvent),
  authority_updated: nullable(AuthorityUpdatedEvent),
});
export type Event = Infer<typeof Event>;
