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
  readonly transaction: Readonly<Transaction>;
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
  assertSize(raw, parameters);
  const signed = decode(SignedTransaction, raw);
  const transaction = openSigned(Transaction, context, signed, { blacklist });
  if (transaction.method === "") {
    throw new TxError("transaction: empty method");
  }
  return { transaction, signer: signed.signature.public_key };
}

/**
 * Opens a network's transactions, each once: one that waits in the mempool is checked after every block and executed
 * for every proposal, always as the same bytes object, and its signature stays valid.
 */
export class TransactionOpener {
  readonly context: SignatureContext;
  readonly #blacklist: Blacklist;
  readonly #opened = new WeakMap<Uint8Array, OpenedTransaction>();

  constructor(context: SignatureContext, blacklist: Blacklist) {
    this.context = context;
    this.#blacklist = blacklist;
  }

  /** As {@link openTransaction}. The result is shared: treat it as frozen, and do not change `raw` any more. */
  open(raw: Uint8Array, parameters: Readonly<Parameters>): OpenedTransaction {
    assertSize(raw, parameters);
    let opened = this.#opened.get(raw);
    if (opened === undefined) {
      opened = openTransaction(raw, this.context, parameters, this.#blacklist);
      this.#opened.set(raw, opened);
    }
    return opened;
  }
}

function assertSize(raw: Uint8Array, parameters: Readonly<Parameters>): void {
  if (parameters.max_tx_size > 0n && BigInt(raw.length) > parameters.max_tx_size) {
    throw consensusErrors.oversizedTx();
  }
}
