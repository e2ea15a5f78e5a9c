import type { PublicKey } from "../codec/common-types.ts";
import { encode } from "../codec/schema.ts";
import { SignedTransaction, Transaction } from "../types/consensus.ts";
import type { Context } from "./context.ts";
import { isTxFailure } from "./errors.ts";
import { processTransaction, type TransactionRules } from "./execute-transaction.ts";

const MAX_U64 = (1n << 64n) - 1n;
const NO_SIGNATURE = { public_key: new Uint8Array(32), signature: new Uint8Array(64) };

/**
 * Gas that a transaction would use, assuming the longest fee it can state. Failures are ignored: the gas used until
 * then is the estimate. consensus-a.md 1.7.
 *
 * Entry condition: a context in simulation mode on a state that is dropped.
 */
export function estimateGas(
  ctx: Context,
  caller: PublicKey,
  transaction: Transaction,
  rules: TransactionRules,
): bigint {
  const padded = { ...transaction, fee: { amount: MAX_U64, gas: MAX_U64 } };
  const envelope = { untrusted_raw_value: encode(Transaction, padded), signature: NO_SIGNATURE };
  const size = encode(SignedTransaction, envelope).length;
  ctx.setTxSigner(caller);
  try {
    processTransaction(ctx, padded, size, rules);
  } catch (error) {
    if (!isTxFailure(error)) {
      throw error;
    }
  }
  return ctx.gas.used;
}
