import * as types from "../../types/staking-events.ts";
import { eventKind } from "../events.ts";

const SERVICE = "100_staking";
const provable = { provable: true };

/** The events of staking: the only provable ones of the network (consensus-a.md 1.5). */
export const transferEvent = eventKind(SERVICE, "transfer", types.TransferEvent, provable);
export const burnEvent = eventKind(SERVICE, "burn", types.BurnEvent, provable);
export const addEscrowEvent = eventKind(SERVICE, "add_escrow", types.AddEscrowEvent, provable);
export const takeEscrowEvent = eventKind(SERVICE, "take_escrow", types.TakeEscrowEvent, provable);
export const debondingStartEvent = eventKind(
  SERVICE,
  "debonding_start",
  types.DebondingStartEscrowEvent,
  provable,
);
export const reclaimEscrowEvent = eventKind(SERVICE, "reclaim_escrow", types.ReclaimEscrowEvent, provable);
export const allowanceChangeEvent = eventKind(
  SERVICE,
  "allowance_change",
  types.AllowanceChangeEvent,
  provable,
);
