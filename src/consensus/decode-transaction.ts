import type { PublicKey } from "../codec/common-types.ts";
import { decode } from "../codec/schema.ts";
import { contexts, type SignatureContext, withChain } from "../crypto/contexts.ts";
import { openSigned } from "../crypto/envelope.ts";
import type { VerifyOptions } from "../crypto/signature.ts";
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
 * Opens a network's transactions. One that waits in the mempool is opened once: it is checked after every block and
 * executed for every proposal, always as the same bytes object, and its signature stays valid.
 */
export class TransactionOpener {
  readonly context: SignatureContext;
  readonly #signatures: VerifyOptions;
  readonly #opened = new WeakMap<Uint8Array, OpenedTransaction>();

  constructor(context: SignatureContext, signatures: VerifyOptions) {
    this.context = context;
    this.#signatures = signatures;
  }

  /**
   * Opens a transaction as it is in a block. consensus-a.md 1.7, steps 2 to 4.
   * @param waits whether it may be opened again: the result is shared then, so treat it as frozen, and do not change
   *   `raw` any more
   * @throws CodedError consensus/2 when it is too large, unknown/1 for everything else that is wrong with it
   */
  open(raw: Uint8Array, { max_tx_size: maxSize }: Readonly<Parameters>, waits = false): OpenedTransaction {
    if (maxSize > 0n && BigInt(raw.length) > maxSize) {
      throw consensusErrors.oversizedTx();
    }
    const known = this.#opened.get(raw);
    if (known !== undefined) {
      return known;
    }
    const opened = this.#open(raw);
    if (waits) {
      this.#opened.set(raw, opened);
    }
    return opened;
  }

  #open(raw: Uint8Array): OpenedTransaction {
    const signed = decode(SignedTransaction, raw);
    const transaction = openSigned(Transaction, this.context, signed, this.#signatures);
    if (transaction.method === "") {
      throw new TxError("transaction: empty method");
    }
    return { transaction, signer: signed.signature.public_key };
  }
}
