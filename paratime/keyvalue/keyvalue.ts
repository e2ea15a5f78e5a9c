import { u64be } from "../../src/codec/bytes.ts";
import { CodecError, CodedError } from "../../src/codec/errors.ts";
import { decode, encode } from "../../src/codec/schema.ts";
import { CheckTxMetadata, CheckTxResult } from "../../src/types/host-protocol-runtime-calls.ts";
import { findMethod, MethodError } from "../kit/methods.ts";
import type { ParaTime, TxContext } from "../kit/paratime.ts";
import { Call, CallOutput } from "./call.ts";
import { queryMethods, transactionMethods } from "./methods.ts";
import { nextNonce, useNonce } from "./nonces.ts";
import { takeMessageResults } from "./staking-methods.ts";

/** Module of the errors of this ParaTime, as of the official `simple-keyvalue`. */
const MODULE = "test";
/** Where the epoch of the last round is kept. */
const EPOCH_KEY = Uint8Array.of(0x02);
const NULL = Uint8Array.of(0xf6);

/**
 * A key/value store, the demo ParaTime. Same requests, answers, tags and state as the official `simple-keyvalue`,
 * without what needs a key manager.
 *
 * Transactions are not signed: `sender` is whoever says so.
 */
export const keyValue: ParaTime = {
  version: { major: 0, minor: 0, patch: 0 },
  batchSize: 100,

  async beginRound(round) {
    await takeMessageResults(round);
    round.state.insert(EPOCH_KEY, u64be(round.epoch));
  },

  async checkTx(context, tx) {
    let call: Call;
    try {
      call = decode(Call, tx);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return CheckTxResult.make({ error: failure("malformed transaction") });
    }
    const sender = call.sender ?? new Uint8Array(0);
    try {
      const stateSequence = await nextNonce(context, sender);
      await dispatch(context, call);
      const meta = CheckTxMetadata.make({ sender, sender_seq: call.nonce, sender_state_seq: stateSequence });
      return CheckTxResult.make({ meta });
    } catch (error) {
      if (!(error instanceof MethodError)) throw error;
      return CheckTxResult.make({ error: failure(error.message) });
    }
  },

  async executeTx(context, tx) {
    let call: Call;
    try {
      call = decode(Call, tx);
    } catch (error) {
      // Whoever put the batch together should have checked it.
      if (error instanceof CodecError) throw new CodedError(MODULE, 1, "malformed transaction");
      throw error;
    }
    return encode(CallOutput, await outputOf(context, call));
  },

  async executeIncomingMessage(context, { data }) {
    let call: Call;
    try {
      call = decode(Call, data);
    } catch (error) {
      // Anybody can send messages: one that is no call is passed over.
      if (error instanceof CodecError) return;
      throw error;
    }
    await outputOf(context, call);
  },

  async query(context, name, args) {
    try {
      return await findMethod(queryMethods, name).call(context, args);
    } catch (error) {
      if (error instanceof MethodError) throw new CodedError(MODULE, 1, error.message);
      throw error;
    }
  },
};

async function outputOf(context: TxContext, call: Call): Promise<CallOutput> {
  try {
    return { Success: await dispatch(context, call), Error: null };
  } catch (error) {
    if (error instanceof MethodError) return { Success: null, Error: error.message };
    throw error;
  }
}

/** Uses up the nonce, whatever becomes of the call; a call that fails leaves nothing else behind. */
async function dispatch(context: TxContext, { sender, nonce, method, args }: Call): Promise<Uint8Array> {
  await useNonce(context, sender ?? new Uint8Array(0), nonce);
  return context.attempt((attempt) => findMethod(transactionMethods, method).call(attempt, args ?? NULL));
}

function failure(message: string) {
  return { module: MODULE, code: 1, message };
}
