import { QanatError } from "../../../codec/errors.ts";

/**
 * What becomes of a published message that was not taken.
 *
 * - `drop`: it will never be valid, and is not passed on.
 * - `relay`: it is none of ours, but others may want it.
 * - `retry`: it may become valid: it is passed on, and tried again. Every other error counts as this, too.
 */
export type Reaction = "drop" | "relay" | "retry";

/** Why a published message was not taken (oasis-core v26.1 go/p2p/error/error.go). */
export class MessageFault extends QanatError {
  readonly reaction: Reaction;

  constructor(reaction: Reaction, message: string, options?: ErrorOptions) {
    super(`gossip/${reaction}`, message, {}, options);
    this.name = "MessageFault";
    this.reaction = reaction;
  }
}

export function reactionTo(error: unknown): Reaction {
  return error instanceof MessageFault ? error.reaction : "retry";
}
