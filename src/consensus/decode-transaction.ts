import type { PublicKey } from "../codec/common-types.ts";
import { decode } from "../codec/schema.ts";
import type { Blacklist } from "../crypto/blacklist.ts";
import { contexts, type SignatureContext, withChain } from "../crypto/contexts.ts";
import { openSigned } from "../crypto/envelope.ts";
import { type Parameters, SignedTransaction, Transaction } from "../types/consensus.ts";
import { consensusErrors } from "../types/errors.ts";
import { TxError } from "./errors.ts";

/** Context under which transactions of a network are signed. */
export function transactionContext(chainContext: string): SignatureContext {
  return withChain(contexts.consensusTransaction, chainContext);
}

export interface OpenedTransaction {
  readonly transaction: Transaction;
  /** Whose signature was verified. */
  readonly signer: PublicKey;
}

/**
 * Opens a transaction as it is in a block. consensus-a.md 1.7, steps 2 to 4.
 * @throws CodedError consensus/2 when it is too large, unknown/1 for everything else that is wrong with it
 */
export function openTransaction(
  raw: Uint8Array,
  context: SignatureContext,
  parameters: Readonly<Parameters>,
  blacklist: Blacklist,
): OpenedTransaction {
  if (parameters.max_tx_size > 0n && BigInt(raw.length) > parameters.max_tx_size) {
    throw consensusErrors.oversizedTx();
  }
  const signed = decode(SignedTransaction, raw);
  const transaction = openSigned(Transaction, context, signed, { blacklist });
  if (transaction.method === "") {
    throw new TxError("transaction: empty method");
  }
  return { transaction, signer: signed.signature.public_key };
}
