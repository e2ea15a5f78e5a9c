import { address, hash } from "../codec/common-types.ts";
import { bool, type Infer, i64, nullable, optional, quantity, struct } from "../codec/schema.ts";
import { EpochTime } from "./common.ts";

/** Tokens moved between general balances. */
export const TransferEvent = struct("TransferEvent", { from: address, to: address, amount: quantity });
export type TransferEvent = Infer<typeof TransferEvent>;

/** Tokens were destroyed. */
export const BurnEvent = struct("BurnEvent", { owner: address, amount: quantity });
export type BurnEvent = Infer<typeof BurnEvent>;

/** Tokens went into escrow. */
export const AddEscrowEvent = struct("AddEscrowEvent", {
  owner: address,
  escrow: address,
  amount: quantity,
  new_shares: quantity,
});
export type AddEscrowEvent = Infer<typeof AddEscrowEvent>;

/** Escrow was slashed. */
export const TakeEscrowEvent = struct("TakeEscrowEvent", {
  owner: address,
  amount: quantity,
  debonding_amount: quantity,
});
export type TakeEscrowEvent = Infer<typeof TakeEscrowEvent>;

/** Shares began to debond. */
export const DebondingStartEscrowEvent = struct("DebondingStartEscrowEvent", {
  owner: address,
  escrow: address,
  amount: quantity,
  active_shares: quantity,
  debonding_shares: quantity,
  debond_end_time: EpochTime,
});
export type DebondingStartEscrowEvent = Infer<typeof DebondingStartEscrowEvent>;

/** Debonded tokens came back. */
export const ReclaimEscrowEvent = struct("ReclaimEscrowEvent", {
  owner: address,
  escrow: address,
  amount: quantity,
  shares: quantity,
});
export type ReclaimEscrowEvent = Infer<typeof ReclaimEscrowEvent>;

/** An allowance was changed, or used by a withdrawal. */
export const AllowanceChangeEvent = struct("AllowanceChangeEvent", {
  owner: address,
  beneficiary: address,
  allowance: quantity,
  negative: optional(bool),
  amount_change: quantity,
});
export type AllowanceChangeEvent = Infer<typeof AllowanceChangeEvent>;

/** One of the escrow events. */
export const EscrowEvent = struct("EscrowEvent", {
  add: optional(nullable(AddEscrowEvent)),
  take: optional(nullable(TakeEscrowEvent)),
  debonding_start: optional(nullable(DebondingStartEscrowEvent)),
  reclaim: optional(nullable(ReclaimEscrowEvent)),
});
export type EscrowEvent = Infer<typeof EscrowEvent>;

/** A staking event as the API gives it. */
export const Event = struct("Event", {
  height: optional(i64),
  tx_hash: optional(hash),
  transfer: optional(nullable(TransferEvent)),
  burn: optional(nullable(BurnEvent)),
  escrow: optional(nullable(EscrowEvent)),
  allowance_change: optional(nullable(AllowanceChangeEvent)),
});
export type Event = Infer<typeof Event>;
