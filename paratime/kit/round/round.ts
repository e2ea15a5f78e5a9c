import type { Namespace } from "../../../src/codec/common-types.ts";
import type { RoundResults } from "../../../src/types/roothash.ts";
import type { Header } from "../../../src/types/roothash-block.ts";
import type { Message } from "../../../src/types/roothash-message.ts";
import type { RoundContext, TxContext } from "../paratime.ts";
import type { State } from "../state/state.ts";

/** A tag as a transaction emits it. */
export interface EmittedTag {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface RoundInputs {
  readonly runtimeId: Namespace;
  readonly header: Header;
  readonly epoch: bigint;
  readonly roundResults: RoundResults;
  readonly maxMessages: number;
  readonly state: State;
}

/** A round while it is executed: what `ParaTime` methods are given. */
export class Round implements RoundContext {
  readonly runtimeId: Namespace;
  readonly header: Header;
  readonly epoch: bigint;
  readonly roundResults: RoundResults;
  readonly maxMessages: number;
  readonly state: State;
  readonly messages: Message[] = [];

  constructor(inputs: RoundInputs) {
    this.runtimeId = inputs.runtimeId;
    this.header = inputs.header;
    this.epoch = inputs.epoch;
    this.roundResults = inputs.roundResults;
    this.maxMessages = inputs.maxMessages;
    this.state = inputs.state;
  }

  /** A context for one transaction; its tags go to `tags`. */
  transaction(tags: EmittedTag[], checkOnly = false, state: State = this.state): TxContext {
    return {
      runtimeId: this.runtimeId,
      header: this.header,
      epoch: this.epoch,
      roundResults: this.roundResults,
      maxMessages: this.maxMessages,
      messages: this.messages,
      state,
      checkOnly,
      emitTag: (key, value) => {
        tags.push({ key, value });
      },
      emitMessage: (message) => {
        if (this.messages.length >= this.maxMessages) throw new Error("message limit too low");
        return this.messages.push(message) - 1;
      },
      attempt: async (work) => {
        const child = state.child();
        const [tagsBefore, messagesBefore] = [tags.length, this.messages.length];
        try {
          const result = await work(this.transaction(tags, checkOnly, child));
          child.commit();
          return result;
        } catch (error) {
          tags.length = tagsBefore;
          this.messages.length = messagesBefore;
          throw error;
        }
      },
    };
  }
}
