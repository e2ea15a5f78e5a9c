import type { ValidatorUpdate } from "../../chain/application.ts";
import { fromHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { ValidatorSet } from "../../types/scheduler.ts";
import type { Context } from "../context.ts";
import {
  clearPendingValidators,
  getCurrentValidators,
  getPendingValidators,
  setCurrentValidators,
} from "./state.ts";

/** Hands the validators elected in this block over to CometBFT, as changes against the set it has. */
export function endBlock(ctx: Context): ValidatorUpdate[] | null {
  const pending = getPendingValidators(ctx.state);
  if (pending === null) {
    return null;
  }
  const current = getCurrentValidators(ctx.state);
  clearPendingValidators(ctx.state);
  setCurrentValidators(ctx.state, pending);
  return diffValidators(current, pending);
}

/** Power 0 for validators that left, the new power for new and changed ones. */
export function diffValidators(
  current: NonNullable<ValidatorSet>,
  pending: NonNullable<ValidatorSet>,
): ValidatorUpdate[] {
  const updates: ValidatorUpdate[] = [];
  for (const id of current.keys()) {
    if (!pending.has(id)) {
      updates.push({ public_key: fromHex(id) as PublicKey, power: 0n });
    }
  }
  for (const [id, { voting_power: power }] of pending) {
    if (current.get(id)?.voting_power !== power) {
      updates.push({ public_key: fromHex(id) as PublicKey, power });
    }
  }
  return updates;
}
