import { encode } from "../../codec/schema.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { StakingMessage } from "../../types/roothash-message.ts";
import * as results from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { addEscrow } from "./add-escrow.ts";
import { reclaimEscrow } from "./reclaim-escrow.ts";
import { transfer } from "./transfer.ts";
import { withdraw } from "./withdraw.ts";

/** Executes a ParaTime's staking message. Returns the CBOR of the result, null where there is none (simulation). */
export function executeRuntimeMessage(ctx: Context, message: StakingMessage): Uint8Array | null {
  if (message.transfer !== null) {
    const result = transfer(ctx, message.transfer);
    return result && encode(results.TransferResult, result);
  }
  if (message.withdraw !== null) {
    const result = withdraw(ctx, message.withdraw);
    return result && encode(results.WithdrawResult, result);
  }
  if (message.add_escrow !== null) {
    const result = addEscrow(ctx, message.add_escrow, true);
    return result && encode(results.AddEscrowResult, result);
  }
  if (message.reclaim_escrow !== null) {
    const result = reclaimEscrow(ctx, message.reclaim_escrow, true);
    return result && encode(results.ReclaimEscrowResult, result);
  }
  throw stakingErrors.invalidArgument();
}
