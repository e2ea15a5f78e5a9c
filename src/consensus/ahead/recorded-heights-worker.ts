import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { ChainError } from "../../chain/errors.ts";
import { streamRecordedChain } from "../../chain/recorded-chain.ts";
import { BlockVerifier } from "./block-verifier.ts";
import { type FromReader, messagesHandled, READ_AHEAD_HEIGHTS, type ToReader } from "./recorded-heights.ts";

type Begin = Extract<ToReader, { kind: "begin" }>;

/** Reads, verifies and sends one height after the other, {@link READ_AHEAD_HEIGHTS} ahead at most. */
class Reader {
  readonly #port: MessagePort;
  readonly #begin = Promise.withResolvers<Begin>();
  #verifier: BlockVerifier | null = null;
  #taken = 0;
  #wake: () => void = () => {};

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (message: ToReader) => this.#receive(message));
  }

  async run(path: string): Promise<void> {
    try {
      await this.#sendAll(path);
      this.#send({ kind: "end" });
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      this.#send({ kind: "malformed", message: error.message });
    }
    // Ends the thread: it is gone by the time that the last heights were executed.
    this.#port.close();
  }

  async #sendAll(path: string): Promise<void> {
    const { network, validators } = await this.#begin.promise;
    const verifier = new BlockVerifier(network);
    verifier.addKeys(validators);
    this.#verifier = verifier;
    let sent = 0;
    for await (const { height, block, hash, results, stateRoot } of streamRecordedChain(path)) {
      const verified = verifier.verify(block);
      this.#send({ kind: "height", value: { height, block, hash, results, stateRoot, verified } });
      sent++;
      await messagesHandled();
      while (this.#taken < sent - READ_AHEAD_HEIGHTS) await this.#message();
    }
  }

  /** Waits for the next message. */
  #message(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #send(message: FromReader): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToReader): void {
    switch (message.kind) {
      case "begin":
        this.#begin.resolve(message);
        break;
      case "taken":
        this.#taken = message.heights;
        break;
      case "vrf":
        for (const claim of this.#verifier?.setVrfInput(message.input) ?? [])
          this.#send({ kind: "late", claim });
        break;
    }
    this.#wake();
  }
}

/** The thread behind `RecordedHeights`. */
await new Reader(parentPort!).run(workerData as string);
