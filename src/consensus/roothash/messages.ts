import type { Hash } from "../../codec/common-types.ts";
import { EMPTY_HASH, hashOf } from "../../crypto/hash.ts";
import {
  type IncomingMessage,
  IncomingMessages,
  type Message,
  Messages,
} from "../../types/roothash-message.ts";

/** Hash of the messages that a ParaTime sends in a round; the empty hash when it sends none. */
export function messagesHash(messages: readonly Message[] | null): Hash {
  return messages === null || messages.length === 0 ? EMPTY_HASH : hashOf(Messages, [...messages]);
}

/** Hash of the incoming messages that a round took, in the order of the queue; the empty hash when it took none. */
export function incomingMessagesHash(messages: readonly IncomingMessage[]): Hash {
  return messages.length === 0 ? EMPTY_HASH : hashOf(IncomingMessages, [...messages]);
}

/** Whether a message says exactly one thing. What it says is judged when it is executed. */
export function isValidMessage(message: Message): boolean {
  if (message.staking !== null) {
    const { transfer, withdraw, add_escrow, reclaim_escrow } = message.staking;
    return [transfer, withdraw, add_escrow, reclaim_escrow].filter((member) => member !== null).length === 1;
  }
  if (message.registry !== null) {
    return message.registry.update_runtime !== null;
  }
  if (message.governance !== null) {
    const { cast_vote, submit_proposal } = message.governance;
    return (cast_vote === null) !== (submit_proposal === null);
  }
  return false;
}
