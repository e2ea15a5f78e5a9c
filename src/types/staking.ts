import { address } from "../codec/common-types.ts";
import {
  bool,
  type Infer,
  list,
  map,
  nullable,
  optional,
  quantity,
  struct,
  text,
  textEnum,
  u8,
  u16,
  u32,
  u64,
} from "../codec/schema.ts";
import { Costs, EpochTime } from "./common.ts";

/** What a stake threshold is for. oasis-core v26.1 go/staking/api/api.go. */
export const ThresholdKind = textEnum("ThresholdKind", "int", {
  entity: 0,
  "node-validator": 1,
  "node-compute": 2,
  "node-observer": 3,
  "node-keymanager": 4,
  "runtime-compute": 5,
  "runtime-keymanager": 6,
  "keymanager-churp": 7,
});
export type ThresholdKind = Infer<typeof ThresholdKind>;

export const KIND_ENTITY = 0;
export const KIND_NODE_VALIDATOR = 1;
export const KIND_NODE_COMPUTE = 2;
export const KIND_NODE_OBSERVER = 3;
export const KIND_NODE_KEY_MANAGER = 4;
export const KIND_RUNTIME_COMPUTE = 5;
export const KIND_RUNTIME_KEY_MANAGER = 6;
export const KIND_KEY_MANAGER_CHURP = 7;

/** Thresholds that the parameters must list (`keymanager-churp` need not be there). */
export const REQUIRED_THRESHOLD_KINDS: readonly number[] = [
  KIND_ENTITY,
  KIND_NODE_VALIDATOR,
  KIND_NODE_COMPUTE,
  KIND_NODE_OBSERVER,
  KIND_NODE_KEY_MANAGER,
  KIND_RUNTIME_COMPUTE,
  KIND_RUNTIME_KEY_MANAGER,
];

/** Why stake is slashed. */
export const SlashReason = textEnum("SlashReason", "u8", {
  "consensus-equivocation": 0x00,
  "consensus-light-client-attack": 0x04,
  "runtime-incorrect-results": 0x80,
  "runtime-equivocation": 0x81,
  "runtime-liveness": 0x82,
});
export type SlashReason = Infer<typeof SlashReason>;

export const SLASH_CONSENSUS_EQUIVOCATION = 0x00;
export const SLASH_CONSENSUS_LIGHT_CLIENT_ATTACK = 0x04;
export const SLASH_RUNTIME_INCORRECT_RESULTS = 0x80;
export const SLASH_RUNTIME_EQUIVOCATION = 0x81;
export const SLASH_RUNTIME_LIVENESS = 0x82;

/** Consequences of a slash: stake taken, and epochs for which the node is frozen (0: not frozen). */
export const Slash = struct("Slash", { amount: quantity, freeze_interval: EpochTime });
export type Slash = Infer<typeof Slash>;

/** A stake pool: its balance and the shares given out for it. */
export const SharePool = struct("SharePool", {
  balance: optional(quantity),
  total_shares: optional(quantity),
});
export type SharePool = Infer<typeof SharePool>;

/** From `start` on the commission is `rate` / 10^5. */
export const CommissionRateStep = struct("CommissionRateStep", {
  start: optional(EpochTime),
  rate: optional(quantity),
});
export type CommissionRateStep = Infer<typeof CommissionRateStep>;

/** From `start` on rates must lie in `rate_min`..`rate_max`. */
export const CommissionRateBoundStep = struct("CommissionRateBoundStep", {
  start: optional(EpochTime),
  rate_min: optional(quantity),
  rate_max: optional(quantity),
});
export type CommissionRateBoundStep = Infer<typeof CommissionRateBoundStep>;

/** Commission rates and the bounds announced for them. */
export const CommissionSchedule = struct("CommissionSchedule", {
  rates: optional(list(CommissionRateStep)),
  bounds: optional(list(CommissionRateBoundStep)),
});
export type CommissionSchedule = Infer<typeof CommissionSchedule>;

/** One part of a stake claim: a global threshold's kind, or an amount. Kind 0 encodes as 0, it is not omitted. */
export const StakeThreshold = struct("StakeThreshold", {
  global: optional(nullable(ThresholdKind)),
  const: optional(nullable(quantity)),
});
export type StakeThreshold = Infer<typeof StakeThreshold>;

/** Everything that claims an account's escrow. A claim's list may be null. */
export const StakeAccumulator = struct("StakeAccumulator", {
  claims: optional(map(text, list(StakeThreshold))),
});
export type StakeAccumulator = Infer<typeof StakeAccumulator>;

/** Hook that asks the module before an allowance is used (the only kind). */
export const HOOK_KIND_WITHDRAW = 1;

/** Module that an account's hook asks. */
export const HookDestination = struct("HookDestination", { module: text });
export type HookDestination = Infer<typeof HookDestination>;

/** The freely usable part of an account. */
export const GeneralAccount = struct("GeneralAccount", {
  balance: optional(quantity),
  nonce: optional(u64),
  allowances: optional(map(address, quantity)),
  hooks: optional(map(u8, HookDestination)),
});
export type GeneralAccount = Infer<typeof GeneralAccount>;

/** The staked part of an account. */
export const EscrowAccount = struct("EscrowAccount", {
  active: optional(SharePool),
  debonding: optional(SharePool),
  commission_schedule: optional(CommissionSchedule),
  stake_accumulator: optional(StakeAccumulator),
});
export type EscrowAccount = Infer<typeof EscrowAccount>;

/** An account; the zero account encodes as an empty map. */
export const Account = struct("Account", {
  general: optional(GeneralAccount),
  escrow: optional(EscrowAccount),
});
export type Account = Infer<typeof Account>;

/** Shares that a delegator holds in an escrow account. */
export const Delegation = struct("Delegation", { shares: quantity });
export type Delegation = Infer<typeof Delegation>;

/** A delegation with the pool its shares are of; only the API has it. */
export const DelegationInfo = struct("DelegationInfo", { shares: quantity, pool: SharePool });
export type DelegationInfo = Infer<typeof DelegationInfo>;

/** Shares on their way out of an escrow account; released in the epoch `debond_end`. */
export const DebondingDelegation = struct("DebondingDelegation", { shares: quantity, debond_end: EpochTime });
export type DebondingDelegation = Infer<typeof DebondingDelegation>;

/** A debonding delegation with the pool its shares are of; only the API has it. */
export const DebondingDelegationInfo = struct("DebondingDelegationInfo", {
  shares: quantity,
  debond_end: EpochTime,
  pool: SharePool,
});
export type DebondingDelegationInfo = Infer<typeof DebondingDelegationInfo>;

/** Until the epoch `until` (exclusive) rewards are scaled by `scale` / 10^8. */
export const RewardStep = struct("RewardStep", { until: EpochTime, scale: quantity });
export type RewardStep = Infer<typeof RewardStep>;

/** Limits on commission schedules. */
export const CommissionScheduleRules = struct("CommissionScheduleRules", {
  rate_change_interval: optional(EpochTime),
  rate_bound_lead: optional(EpochTime),
  max_rate_steps: optional(u16),
  max_bound_steps: optional(u16),
  min_commission_rate: quantity,
});
export type CommissionScheduleRules = Infer<typeof CommissionScheduleRules>;

/** Staking parameters. */
export const ConsensusParameters = struct("ConsensusParameters", {
  token_symbol: optional(text),
  token_value_exponent: optional(u8),
  thresholds: optional(map(ThresholdKind, quantity)),
  debonding_interval: optional(EpochTime),
  reward_schedule: optional(list(RewardStep)),
  signing_reward_threshold_numerator: optional(u64),
  signing_reward_threshold_denominator: optional(u64),
  commission_schedule_rules: optional(CommissionScheduleRules),
  slashing: optional(map(SlashReason, Slash)),
  gas_costs: optional(Costs),
  min_delegation: quantity,
  min_transfer: quantity,
  min_transact_balance: quantity,
  disable_transfers: optional(bool),
  disable_delegation: optional(bool),
  undisable_transfers_from: optional(map(address, bool)),
  allow_escrow_messages: optional(bool),
  max_allowances: optional(u32),
  fee_split_weight_propose: quantity,
  fee_split_weight_vote: quantity,
  fee_split_weight_next_propose: quantity,
  reward_factor_epoch_signed: quantity,
  reward_factor_block_proposed: quantity,
  debug_bypass_stake: optional(bool),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Parameters that a governance proposal may change; null: no change. */
export const ConsensusParameterChanges = struct("ConsensusParameterChanges", {
  debonding_interval: optional(nullable(EpochTime)),
  reward_schedule: optional(nullable(list(RewardStep))),
  gas_costs: optional(Costs),
  min_delegation: nullable(quantity),
  min_transfer: nullable(quantity),
  min_transact_balance: nullable(quantity),
  min_commission_rate: nullable(quantity),
  disable_transfers: optional(nullable(bool)),
  disable_delegation: optional(nullable(bool)),
  allow_escrow_messages: optional(nullable(bool)),
  max_allowances: optional(nullable(u32)),
  fee_split_weight_propose: nullable(quantity),
  fee_split_weight_vote: nullable(quantity),
  fee_split_weight_next_propose: nullable(quantity),
  reward_factor_epoch_signed: nullable(quantity),
  reward_factor_block_proposed: nullable(quantity),
});
export type ConsensusParameterChanges = Infer<typeof ConsensusParameterChanges>;

/** Staking part of the genesis document. `delegations` map escrow account to delegator. */
export const Genesis = struct("Genesis", {
  params: ConsensusParameters,
  token_symbol: text,
  token_value_exponent: u8,
  total_supply: quantity,
  common_pool: quantity,
  last_block_fees: quantity,
  governance_deposits: quantity,
  ledger: optional(map(address, Account)),
  delegations: optional(map(address, map(address, Delegation))),
  debonding_delegations: optional(map(address, map(address, list(DebondingDelegation)))),
});
export type Genesis = Infer<typeof Genesis>;
