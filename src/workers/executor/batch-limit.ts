import { toHex } from "../../codec/bytes.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { isGivenUp } from "../batch-failure.ts";
import type { TxPool } from "../txpool/tx-pool.ts";

/**
 * How many transactions a batch begins with: as many as the ParaTime wants, and fewer while it fails, until the
 * transaction that it fails on is alone and is given up.
 */
export class BatchLimit {
  readonly #pool: Pick<TxPool, "reject">;
  readonly #logger: Logger;
  #limit: number | null = null;
  /** The transaction that failed alone last, in hex, and how often in a row. */
  #failedAlone = { hash: "", failures: 0 };

  constructor(pool: Pick<TxPool, "reject">, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
  }

  /** Most transactions in a batch; null: as many as the ParaTime wants. */
  get current(): number | null {
    return this.#limit;
  }

  /** The ParaTime failed on a batch: half of it comes next. */
  failed(inputs: readonly Uint8Array[], error: unknown): void {
    const [first] = inputs;
    if (first === undefined) return;
    this.#limit = Math.ceil(inputs.length / 2);
    if (inputs.length > 1) return;
    const hash = toHex(sha512_256(first));
    const failures = this.#failedAlone.hash === hash ? this.#failedAlone.failures + 1 : 1;
    this.#failedAlone = { hash, failures };
    if (!isGivenUp(error, failures)) return;
    const reason = `the ParaTime cannot execute it: ${error instanceof Error ? error.message : error}`;
    this.#pool.reject([hash], reason);
    this.#logger.warn({ error, transaction: hash }, "the ParaTime cannot execute a transaction");
    this.#limit = null;
  }

  /** A batch was executed: the next may be twice as long. @param wanted what the ParaTime wants; null: not known */
  succeeded(wanted: number | null): void {
    this.#failedAlone = { hash: "", failures: 0 };
    if (this.#limit === null) return;
    const wider = this.#limit * 2;
    this.#limit = wider >= (wanted ?? wider) ? null : wider;
  }
}
