import { Worker } from "node:worker_threads";
import { ChainError } from "../../chain/errors.ts";
import type { AheadNetwork } from "./block-verifier.ts";

/** A recorded height, with the signatures in its block that hold. */
export interface VerifiedHeight {
  readonly height: bigint;
  readonly block: Uint8Array;
  readonly hash: Uint8Array;
  readonly results: Uint8Array;
  readonly stateRoot: Uint8Array;
  /** For `KnownSignatures.addAll`. */
  readonly claims: Uint8Array;
}

/** What the thread is told. */
export type ToReader =
  | { readonly kind: "begin"; readonly network: AheadNetwork; readonly validators: readonly Uint8Array[] }
  /** How many heights were taken in all. */
  | { readonly kind: "taken"; readonly heights: number };

/** What the thread tells. */
export type FromReader =
  | { readonly kind: "height"; readonly value: VerifiedHeight }
  | { readonly kind: "end" }
  | { readonly kind: "malformed"; readonly message: string };

/** How many heights the thread may be ahead: enough to smooth out large blocks, a few megabytes at most. */
export const READ_AHEAD_HEIGHTS = 32;

/**
 * The heights of a recorded chain, decoded and verified on a thread of their own ahead of their execution. The thread
 * starts with the object, so that reading goes on while the state machine is loaded.
 */
export class RecordedHeights {
  readonly #worker: Worker;
  readonly #arrived: FromReader[] = [];
  #failure: unknown = null;
  #wake: () => void = () => {};

  /** @param file content of the recording */
  constructor(file: Uint8Array) {
    this.#worker = new Worker(new URL("./recorded-heights-worker.ts", import.meta.url), { workerData: file });
    this.#worker.on("message", (message: FromReader) => {
      this.#arrived.push(message);
      this.#wake();
    });
    this.#worker.on("error", (error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  /**
   * Lets the verification begin and gives the heights in order.
   * @param validators consensus keys of the first height; later ones are seen in the blocks
   * @throws ChainError naming the line that does not decode
   */
  async *read(network: AheadNetwork, validators: readonly Uint8Array[]): AsyncIterable<VerifiedHeight> {
    this.#send({ kind: "begin", network, validators });
    for (let heights = 0; ; heights++) {
      this.#send({ kind: "taken", heights });
      const message = await this.#next();
      if (message.kind === "end") return;
      if (message.kind === "malformed") throw new ChainError("malformed", message.message);
      yield message.value;
    }
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #next(): Promise<FromReader> {
    while (this.#arrived.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#arrived.shift()!;
  }

  #send(message: ToReader): void {
    this.#worker.postMessage(message);
  }
}
