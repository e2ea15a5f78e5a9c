import type { Worker } from "node:worker_threads";
import type { BlockID } from "../../chain/block-id.ts";
import type { ChainState } from "../../chain/chain-state.ts";
import type { VerifyAhead } from "../../chain/sync/verify-ahead.ts";
import { equal } from "../../codec/bytes.ts";
import type { KnownSignatures } from "../../crypto/known-signatures.ts";
import type { VrfClaim } from "../../crypto/known-vrf-outputs.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { AheadNetwork, VerifiedBlock } from "./block-verifier.ts";
import { startVerifierThread } from "./verifier-thread.ts";
import type { VrfInput } from "./vrf-verifier.ts";

/** What the thread is told. */
export type ToVerifier =
  | { readonly kind: "block"; readonly encoded: Uint8Array }
  | { readonly kind: "keys"; readonly validators: readonly Uint8Array[] }
  | { readonly kind: "vrf"; readonly input: VrfInput };

/** What the thread tells: blocks in the order in which they were given. */
export type FromVerifier =
  | { readonly kind: "verified"; readonly block: VerifiedBlock }
  /** What was found to hold in blocks that were told of before. */
  | { readonly kind: "late"; readonly claim: VrfClaim };

export interface BlocksAheadDeps {
  /** Gets what is found to hold. */
  readonly known: KnownSignatures;
  /** What VRF proofs are about in the newest state; null where the network has none. */
  readonly vrfInput: () => VrfInput | null;
  readonly logger: Logger;
}

/** Verifies blocks on a thread of their own, one after the other. The thread starts with the object. */
export class BlocksAhead implements VerifyAhead {
  readonly #deps: BlocksAheadDeps;
  readonly #worker: Worker;
  /** For each block that was given and is not verified. */
  readonly #waiting: ((id: BlockID | null) => void)[] = [];
  #isOver = false;
  #vrfEpoch: bigint | null = null;
  #validatorsHash: Uint8Array = new Uint8Array(0);

  constructor(network: AheadNetwork, deps: BlocksAheadDeps) {
    this.#deps = deps;
    this.#worker = startVerifierThread(new URL("./blocks-ahead-worker.ts", import.meta.url), network);
    this.#worker.on("message", (message: FromVerifier) => this.#receive(message));
    this.#worker.on("error", (err) => {
      deps.logger.warn({ err }, "verifying ahead failed: signatures are verified where blocks are executed");
      this.#end();
    });
    // It has nothing that the process would have to wait for.
    this.#worker.unref();
  }

  verify(encoded: Uint8Array): Promise<BlockID | null> {
    if (this.#isOver) return Promise.resolve(null);
    this.#send({ kind: "block", encoded });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  onState({ validators }: ChainState): void {
    if (!equal(validators.hash, this.#validatorsHash)) {
      this.#validatorsHash = validators.hash;
      this.#send({ kind: "keys", validators: validators.validators.map(({ pub_key }) => pub_key) });
    }
    const input = this.#deps.vrfInput();
    if (input === null || input.epoch === this.#vrfEpoch) return;
    this.#vrfEpoch = input.epoch;
    this.#send({ kind: "vrf", input });
  }

  async close(): Promise<void> {
    this.#end();
    await this.#worker.terminate();
  }

  #receive(message: FromVerifier): void {
    const { known } = this.#deps;
    if (message.kind === "late") {
      known.vrf.add(message.claim);
      return;
    }
    known.addAll(message.block.claims);
    this.#waiting.shift()?.(message.block.id);
  }

  #end(): void {
    this.#isOver = true;
    for (const resolve of this.#waiting.splice(0)) resolve(null);
  }

  #send(message: ToVerifier): void {
    if (!this.#isOver) this.#worker.postMessage(message);
  }
}
