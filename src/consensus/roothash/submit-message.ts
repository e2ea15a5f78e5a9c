import { runtimeAddress } from "../../types/account-address.ts";
import { roothashErrors } from "../../types/errors.ts";
import type { SubmitMsg } from "../../types/roothash.ts";
import type { Context } from "../context.ts";
import { transferBalance } from "../staking/transfer-balance.ts";
import { requireActive } from "./active-state.ts";
import { enqueue, getParameters, getQueueMeta, setQueueMeta } from "./state.ts";

/**
 * `roothash.SubmitMsg`: pays fee and tokens to a ParaTime and puts a message into its queue. Order of checks:
 * consensus-b.md 4.6.
 */
export function submitMessage(ctx: Context, { id, tag, fee, tokens, data }: SubmitMsg): void {
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "submit_msg", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const { runtime } = requireActive(ctx.state, id);
  const maxMessages = runtime.txn_scheduler.max_in_messages;
  if (maxMessages === 0) {
    throw roothashErrors.incomingMessageQueueFull();
  }
  if (fee < runtime.staking.min_in_message_fee) {
    throw roothashErrors.incomingMessageInsufficientFee();
  }
  ctx.transaction((child) => {
    transferBalance(child, ctx.caller, runtimeAddress(runtime.id), fee + tokens);
    const meta = getQueueMeta(child.state, runtime.id);
    if (meta.size >= maxMessages) {
      throw roothashErrors.incomingMessageQueueFull();
    }
    const messageId = meta.next_sequence_number;
    enqueue(child.state, runtime.id, { id: messageId, caller: ctx.caller, tag, fee, tokens, data });
    setQueueMeta(child.state, runtime.id, {
      size: meta.size + 1,
      next_sequence_number: BigInt.asUintN(64, messageId + 1n),
    });
  });
}
