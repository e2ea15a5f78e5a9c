import { CodecError } from "../../src/codec/errors.ts";
import { decode } from "../../src/codec/schema.ts";
import { Call, InsertArgs } from "../keyvalue/call.ts";
import { keyValue } from "../keyvalue/keyvalue.ts";
import { runParaTime } from "../kit/run-paratime.ts";

/**
 * The key/value ParaTime with mistakes in it: certain keys make it throw or end when they are inserted, as a bug does
 * that only some transaction brings to light. For tests of whole nodes.
 */
const mistakes: Readonly<Record<string, () => void>> = {
  "throws when checked": fail,
  "ends when checked": end,
  "throws when executed": fail,
  "ends when executed": end,
};

runParaTime({
  ...keyValue,
  async checkTx(context, tx) {
    const key = keyOf(tx);
    // In schedule mode a transaction is checked once more, by then on its way to be executed.
    if (key?.endsWith("when checked")) mistakes[key]?.();
    return keyValue.checkTx(context, tx);
  },
  async executeTx(context, tx) {
    const key = keyOf(tx);
    if (key?.endsWith("when executed")) mistakes[key]?.();
    return keyValue.executeTx(context, tx);
  },
});

function keyOf(tx: Uint8Array): string | null {
  try {
    return decode(InsertArgs, decode(Call, tx).args).key;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function fail(): never {
  throw new Error("a mistake in the ParaTime");
}

function end(): never {
  process.exit(101);
}
