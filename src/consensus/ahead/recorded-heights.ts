import type { Worker } from "node:worker_threads";
import { ChainError } from "../../chain/errors.ts";
import type { KnownSignatures } from "../../crypto/known-signatures.ts";
import type { VrfClaim } from "../../crypto/known-vrf-outputs.ts";
import type { AheadNetwork, VerifiedBlock } from "./block-verifier.ts";
import { startVerifierThread } from "./verifier-thread.ts";
import type { VrfInput } from "./vrf-verifier.ts";

/** A recorded height, with what holds in its block. */
export interface VerifiedHeight {
  readonly height: bigint;
  readonly block: Uint8Array;
  readonly hash: Uint8Array;
  readonly results: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly verified: VerifiedBlock;
}

/** What the thread is told. */
export type ToReader =
  | { readonly kind: "begin"; readonly network: AheadNetwork; readonly validators: readonly Uint8Array[] }
  | { readonly kind: "vrf"; readonly input: VrfInput }
  /** How many heights were taken in all. */
  | { readonly kind: "taken"; readonly heights: number };

/** What the thread tells. */
export type FromReader =
  | { readonly kind: "height"; readonly value: VerifiedHeight }
  /** What was found to hold in heights that were sent before. */
  | { readonly kind: "late"; readonly claim: VrfClaim }
  | { readonly kind: "end" }
  | { readonly kind: "malformed"; readonly message: string };

/** How many heights the thread may be ahead: enough to smooth out large blocks, a few megabytes at most. */
export const READ_AHEAD_HEIGHTS = 32;
/** How many heights are taken before the thread is told. */
const TOLD_EVERY = READ_AHEAD_HEIGHTS / 4;

/**
 * The heights of a recorded chain, decoded and verified on a thread of their own ahead of their execution. The thread
 * starts with the object, so that reading goes on while the state machine is loaded.
 */
export class RecordedHeights {
  readonly #worker: Worker;
  readonly #arrived: Exclude<FromReader, { kind: "late" }>[] = [];
  /** VRF proofs that were found to hold, and are not told yet. */
  readonly #late: VrfClaim[] = [];
  #failure: unknown = null;
  #vrfEpoch: bigint | null = null;
  #wake: () => void = () => {};

  /** @param path of the recording */
  constructor(path: string) {
    this.#worker = startVerifierThread(new URL("./recorded-heights-worker.ts", import.meta.url), path);
    this.#worker.on("message", (message: FromReader) => {
      if (message.kind === "late") this.#late.push(message.claim);
      else this.#arrived.push(message);
      this.#wake();
    });
    this.#worker.on("error", (error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  /**
   * Lets the verification begin.
   * @param validators consensus keys of the first height; later ones are seen in the blocks
   */
  begin(network: AheadNetwork, validators: readonly Uint8Array[]): void {
    this.#send({ kind: "begin", network, validators });
  }

  /**
   * The heights in order, once the verification has begun.
   * @param known gets what is found to hold, by the time that a height is given
   * @throws ChainError naming the line that does not decode
   */
  async *read(known: KnownSignatures): AsyncIterable<VerifiedHeight> {
    for (let heights = 0; ; heights++) {
      if (heights % TOLD_EVERY === 0) this.#send({ kind: "taken", heights });
      await messagesHandled();
      const message = await this.#next();
      if (message.kind === "end") return;
      if (message.kind === "malformed") throw new ChainError("malformed", message.message);
      known.addAll(message.value.verified.claims);
      for (const claim of this.#late.splice(0)) known.vrf.add(claim);
      yield message.value;
    }
  }

  /** Tells what the VRF proofs of the running epoch are about; may be called after every block. */
  setVrfInput(input: VrfInput | null): void {
    if (input === null || input.epoch === this.#vrfEpoch) return;
    this.#vrfEpoch = input.epoch;
    this.#send({ kind: "vrf", input });
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #next() {
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

/** Resolves when the messages that are there already have been handled. */
export function messagesHandled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
