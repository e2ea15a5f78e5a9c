import { concat, fromUtf8, toHex, utf8 } from "../../src/codec/bytes.ts";
import { defineCodec, nullable, text } from "../../src/codec/schema.ts";
import { MethodError, type Methods, method } from "../kit/methods.ts";
import type { TxContext } from "../kit/paratime.ts";
import { InsertArgs, KeyArgs } from "./call.ts";
import { stakingMethods } from "./staking-methods.ts";

/** Longest key, in bytes: half of what the state takes. */
const MAX_KEY_BYTES = 4096;
/** Longest value, in bytes. */
const MAX_VALUE_BYTES = 128;

/** Arguments of a method that takes none: null. */
const noArgs = defineCodec<null>({
  typeName: "no arguments",
  zero: () => null,
  isEmpty: () => true,
  write: (w) => w.null(),
  read: (r) => {
    if (!r.takeNull()) throw r.error("no arguments are taken");
    return null;
  },
  toJson: () => null,
  fromJson: () => null,
});

const getRuntimeId = method(noArgs, text, async (context) => toHex(context.runtimeId));

/** Stores a value; the result is the one that was there before. */
const insert = method(InsertArgs, nullable(text), async (context, { key, value }) => {
  const valueBytes = utf8(value);
  if (valueBytes.length > MAX_VALUE_BYTES) throw new MethodError("Value too big to be inserted.");
  const keyBytes = utf8(key);
  if (keyBytes.length > MAX_KEY_BYTES) throw new MethodError("Key too big to be inserted.");
  if (context.checkOnly) return null;
  emitOperation(context, "insert", keyBytes);
  // Lets a client wait for one key without seeing other events.
  context.emitTag(concat(utf8("kv_insertion."), keyBytes), new Uint8Array(0));
  const before = await context.state.get(keyBytes);
  context.state.insert(keyBytes, valueBytes);
  return textOrNull(before);
});

/** The value under a key. */
const get = method(KeyArgs, nullable(text), async (context, { key }) => {
  if (context.checkOnly) return null;
  emitOperation(context, "get", utf8(key));
  return textOrNull(await context.state.get(utf8(key)));
});

/** Removes a key; the result is the value that was there. */
const remove = method(KeyArgs, nullable(text), async (context, { key }) => {
  if (context.checkOnly) return null;
  const keyBytes = utf8(key);
  emitOperation(context, "remove", keyBytes);
  const before = await context.state.get(keyBytes);
  context.state.remove(keyBytes);
  return textOrNull(before);
});

/** What transactions may call. */
export const transactionMethods: Methods = {
  get_runtime_id: getRuntimeId,
  insert,
  get,
  remove,
  ...stakingMethods,
};

/** What queries may call. */
export const queryMethods: Methods = { get_runtime_id: getRuntimeId, get };

function emitOperation(context: TxContext, operation: string, key: Uint8Array): void {
  context.emitTag(utf8("kv_op"), utf8(operation));
  context.emitTag(utf8("kv_key"), key);
}

function textOrNull(value: Uint8Array | null): string | null {
  return value === null ? null : fromUtf8(value);
}
