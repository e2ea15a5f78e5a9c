import { toHex } from "../codec/bytes.ts";
import { CodedError, QanatError } from "../codec/errors.ts";
import { type Codec, encode } from "../codec/schema.ts";
import { contexts, withChain } from "../crypto/contexts.ts";
import type { Signer } from "../crypto/signature.ts";
import type { Logger } from "../telemetry/logger.ts";
import { stakingAddress } from "../types/account-address.ts";
import { SignedTransaction, Transaction } from "../types/consensus.ts";
import { transactionErrors } from "../types/errors.ts";
import type { ConsensusView, TxPlace } from "./consensus-view.ts";
import { delay, type Timers } from "./timers.ts";

export interface SubmissionOptions {
  /** Price offered per unit of gas (`consensus.submission.gas_price`); the network's minimum when that is higher. */
  gasPrice: bigint;
  /** No transaction may cost more (`consensus.submission.max_fee`); 0 = no limit. */
  maxFee: bigint;
}

export interface SubmissionDeps {
  consensus: Pick<ConsensusView, "chainContext" | "estimateGas" | "minGasPrice" | "nonce" | "submitTx">;
  timers: Timers;
  logger: Logger;
}

const firstRetryMs = 100;
const longestRetryMs = 10_000;
/** Tries after which even an error that usually passes is given up. */
const maxTries = 20;

/**
 * Signs and submits the node's own consensus transactions: fills in nonce and fee, and tries again where the error is of
 * the passing kind (facts/runtime.md 6.4; oasis-core v26.1 go/consensus/api/submission.go).
 *
 * Nonces of transactions under way are remembered, so that a signer's next transaction need not wait for the block of the
 * one before. A failure forgets them: the state knows again what comes next.
 */
export class SubmissionManager {
  readonly #options: SubmissionOptions;
  readonly #deps: SubmissionDeps;
  /** Next nonce by signer, where transactions are under way. */
  readonly #nonces = new Map<string, bigint>();

  constructor(options: SubmissionOptions, deps: SubmissionDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /**
   * Resolves when a block has executed the transaction, with the place where it is.
   * @throws CodedError of the check or the execution; QanatError `submission/max-fee` when the fee would be too high.
   */
  submit<B>(
    signer: Signer,
    method: string,
    bodyCodec: Codec<B>,
    body: B,
    signal: AbortSignal,
  ): Promise<TxPlace> {
    return this.#submitWithRetry(signer, method, encode(bodyCodec, body), signal);
  }

  /** What the transaction would cost now, in base units. */
  estimateFee<B>(signer: Signer, method: string, bodyCodec: Codec<B>, body: B): bigint {
    const transaction = { nonce: 0n, fee: null, method, body: encode(bodyCodec, body) };
    return this.#price() * this.#deps.consensus.estimateGas(signer.publicKey, transaction);
  }

  async #submitWithRetry(
    signer: Signer,
    method: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<TxPlace> {
    let wait = firstRetryMs;
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      try {
        return await this.#deps.consensus.submitTx(this.#sign(signer, method, body), signal);
      } catch (error) {
        this.#nonces.delete(toHex(signer.publicKey));
        if (tries >= maxTries || !passes(error)) throw error;
        this.#deps.logger.debug({ method, tries, error }, "submission is tried again");
      }
      await delay(this.#deps.timers, wait, signal);
      wait = Math.min(wait * 2, longestRetryMs);
    }
  }

  #sign(signer: Signer, method: string, body: Uint8Array): Uint8Array {
    const { consensus } = this.#deps;
    const key = toHex(signer.publicKey);
    const inState = consensus.nonce(stakingAddress(signer.publicKey));
    const nonce = max(inState, this.#nonces.get(key) ?? inState);
    const transaction: Transaction = { nonce, fee: null, method, body };
    const gas = consensus.estimateGas(signer.publicKey, transaction);
    const amount = this.#price() * gas;
    if (this.#options.maxFee > 0n && amount > this.#options.maxFee) {
      throw new QanatError(
        "submission/max-fee",
        `${method} would cost ${amount}, more than consensus.submission.max_fee (${this.#options.maxFee})`,
      );
    }
    const blob = encode(Transaction, { ...transaction, fee: { amount, gas } });
    this.#nonces.set(key, nonce + 1n);
    const context = withChain(contexts.consensusTransaction, consensus.chainContext);
    return encode(SignedTransaction, {
      untrusted_raw_value: blob,
      signature: { public_key: signer.publicKey, signature: signer.sign(context, blob) },
    });
  }

  /** Price per unit of gas: what is configured, and at least what blocks accept. */
  #price(): bigint {
    return max(this.#options.gasPrice, this.#deps.consensus.minGasPrice());
  }
}

/** Whether the same transaction may succeed a moment later. */
function passes(error: unknown): boolean {
  return (
    error instanceof CodedError &&
    (transactionErrors.invalidNonce().matches(error) || transactionErrors.upgradePending().matches(error))
  );
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
