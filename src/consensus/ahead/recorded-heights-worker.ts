import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { ChainError } from "../../chain/errors.ts";
import { parseRecordedChain } from "../../chain/recorded-chain.ts";
import { BlockVerifier } from "./block-verifier.ts";
import { type FromReader, READ_AHEAD_HEIGHTS, type ToReader } from "./recorded-heights.ts";

/** What the other side of the port has said so far. */
class Told {
  readonly begin: Promise<Extract<ToReader, { kind: "begin" }>>;
  #taken = 0;
  #wake: () => void = () => {};

  constructor(port: MessagePort) {
    const { promise, resolve } = Promise.withResolvers<Extract<ToReader, { kind: "begin" }>>();
    this.begin = promise;
    port.on("message", (message: ToReader) => {
      if (message.kind === "begin") resolve(message);
      else this.#taken = message.heights;
      this.#wake();
    });
  }

  /** Waits until so many heights have been taken. */
  async untilTaken(heights: number): Promise<void> {
    while (this.#taken < heights) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Reads, verifies and sends one height after the other, {@link READ_AHEAD_HEIGHTS} ahead at most. */
async function readAhead(port: MessagePort, file: Uint8Array): Promise<void> {
  const told = new Told(port);
  const { network, validators } = await told.begin;
  const verifier = new BlockVerifier(network);
  verifier.addKeys(validators);
  const send = (message: FromReader, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  try {
    let sent = 0;
    for (const { height, block, hash, results, stateRoot } of parseRecordedChain(file)) {
      await told.untilTaken(sent - READ_AHEAD_HEIGHTS);
      const claims = verifier.verify(block);
      send({ kind: "height", value: { height, block, hash, results, stateRoot, claims } }, [claims.buffer]);
      sent++;
    }
    send({ kind: "end" });
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    send({ kind: "malformed", message: error.message });
  }
  port.close();
}

/** The thread behind `RecordedHeights`. */
await readAhead(parentPort!, workerData as Uint8Array);
