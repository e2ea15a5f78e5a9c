import { equal } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { ComputeResultsHeader } from "../../types/roothash-commitment.ts";
import type { IncomingMessage } from "../../types/roothash-message.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { inMsgProcessed, ofRuntime } from "./events.ts";
import { incomingMessagesHash } from "./messages.ts";
import { dequeue, getIncomingMessages, getQueueMeta, setQueueMeta } from "./state.ts";

/** The queued messages that a round took; null when they are not the ones that its results name. */
export function takenMessages(
  ctx: Context,
  id: Namespace,
  { in_msgs_count: count, in_msgs_hash: hash }: ComputeResultsHeader,
): IncomingMessage[] | null {
  const taken = count === 0 ? [] : getIncomingMessages(ctx.state, id, 0n, count);
  return hash !== null && equal(incomingMessagesHash(taken), hash) ? taken : null;
}

/** Removes the messages that a round took from the queue. The meta entry is written only if there are any. */
export function removeTakenMessages(
  ctx: Context,
  id: Namespace,
  taken: readonly IncomingMessage[],
  round: bigint,
): void {
  if (taken.length === 0) {
    return;
  }
  const meta = getQueueMeta(ctx.state, id);
  if (meta.size < taken.length) {
    throw new InvariantError("queue of incoming messages is longer than its size says", {
      height: ctx.currentHeight,
    });
  }
  for (const { id: messageId, caller, tag } of taken) {
    dequeue(ctx.state, id, messageId);
    ctx.emit(inMsgProcessed, { id: messageId, round, caller, tag }, ofRuntime(id));
  }
  setQueueMeta(ctx.state, id, { ...meta, size: meta.size - taken.length });
}
