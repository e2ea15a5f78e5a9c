import type { Namespace } from "../../src/codec/common-types.ts";
import type { Version } from "../../src/types/common.ts";
import type { CheckTxResult } from "../../src/types/host-protocol-runtime-calls.ts";
import type { RoundResults } from "../../src/types/roothash.ts";
import type { Header } from "../../src/types/roothash-block.ts";
import type { IncomingMessage, Message } from "../../src/types/roothash-message.ts";
import type { State } from "./state/state.ts";

/** A ParaTime: what it is, and what it does with transactions and queries. */
export interface ParaTime {
  readonly version: Version;
  /** Most transactions of one batch; at most the descriptor's `max_batch_size`. */
  readonly batchSize: number;
  /** Called before the first transaction of a round. */
  beginRound?(round: RoundContext): Promise<void>;
  /** Whether a transaction may enter the pool, judged by the state after the last round. Writes are dropped. */
  checkTx(context: TxContext, tx: Uint8Array): Promise<CheckTxResult>;
  /**
   * Executes a transaction of a round. It must depend on nothing but the round, the state and the transaction: every
   * node must come to the same result.
   * @returns the output that clients get
   * @throws when the transaction should not have been in the batch; the whole batch fails then
   */
  executeTx(context: TxContext, tx: Uint8Array): Promise<Uint8Array>;
  /** Handles a message from the consensus layer. */
  executeIncomingMessage?(context: TxContext, message: IncomingMessage): Promise<void>;
  /** Answers a query on the state after a round. `args` and the answer are CBOR. */
  query(context: TxContext, method: string, args: Uint8Array): Promise<Uint8Array>;
}

/** What a round is about. */
export interface RoundContext {
  readonly runtimeId: Namespace;
  /** Header of the block that the round is built on. */
  readonly header: Header;
  readonly epoch: bigint;
  /** Results of the messages of the last successful round. */
  readonly roundResults: RoundResults;
  /** Most messages that may be emitted. */
  readonly maxMessages: number;
  /** Messages to the consensus layer so far. */
  readonly messages: readonly Message[];
  readonly state: State;
}

/** One transaction, message or query within a round. */
export interface TxContext extends RoundContext {
  /** Set while a transaction is only checked. */
  readonly checkOnly: boolean;
  /** Adds a tag that clients can search for. */
  emitTag(key: Uint8Array, value: Uint8Array): void;
  /** Sends a message to the consensus layer and returns its number in the round. @throws Error when there are too many */
  emitMessage(message: Message): number;
  /** Runs `work`; when it throws, everything it wrote and emitted is taken back. */
  attempt<T>(work: (context: TxContext) => Promise<T>): Promise<T>;
}
