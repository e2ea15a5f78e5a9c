import { address } from "../codec/common-types.ts";
import { bool, type Infer, optional, quantity, struct } from "../codec/schema.ts";
import { EpochTime } from "./common.ts";
import { CommissionSchedule } from "./staking.ts";

/** Body of `staking.Transfer`. */
export const Transfer = struct("Transfer", { to: address, amount: quantity });
export type Transfer = Infer<typeof Transfer>;

/** Body of `staking.Burn`. */
export const Burn = struct("Burn", { amount: quantity });
export type Burn = Infer<typeof Burn>;

/** Body of `staking.AddEscrow`. */
export const Escrow = struct("Escrow", { account: address, amount: quantity });
export type Escrow = Infer<typeof Escrow>;

/** Body of `staking.ReclaimEscrow`. */
export const ReclaimEscrow = struct("ReclaimEscrow", { account: address, shares: quantity });
export type ReclaimEscrow = Infer<typeof ReclaimEscrow>;

/** Body of `staking.AmendCommissionSchedule`. */
export const AmendCommissionSchedule = struct("AmendCommissionSchedule", { amendment: CommissionSchedule });
export type AmendCommissionSchedule = Infer<typeof AmendCommissionSchedule>;

/** Body of `staking.Allow`: raises, or with `negative` lowers, what the beneficiary may withdraw. */
export const Allow = struct("Allow", {
  beneficiary: address,
  negative: optional(bool),
  amount_change: quantity,
});
export type Allow = Infer<typeof Allow>;

/** Body of `staking.Withdraw`. */
export const Withdraw = struct("Withdraw", { from: address, amount: quantity });
export type Withdraw = Infer<typeof Withdraw>;

/** Result of a ParaTime's transfer message. */
export const TransferResult = struct("TransferResult", { from: address, to: address, amount: quantity });
export type TransferResult = Infer<typeof TransferResult>;

/** Result of a ParaTime's add-escrow message. */
export const AddEscrowResult = struct("AddEscrowResult", {
  owner: address,
  escrow: address,
  amount: quantity,
  new_shares: quantity,
});
export type AddEscrowResult = Infer<typeof AddEscrowResult>;

/** Result of a ParaTime's reclaim-escrow message. */
export const ReclaimEscrowResult = struct("ReclaimEscrowResult", {
  owner: address,
  escrow: address,
  amount: quantity,
  debonding_shares: quantity,
  remaining_shares: quantity,
  debond_end_time: EpochTime,
});
export type ReclaimEscrowResult = Infer<typeof ReclaimEscrowResult>;

/** Result of a ParaTime's withdraw message. */
export const WithdrawResult = struct("WithdrawResult", {
  owner: address,
  beneficiary: address,
  allowance: quantity,
  amount_change: quantity,
});
export type WithdrawResult = Infer<typeof WithdrawResult>;
