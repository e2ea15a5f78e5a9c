import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { CborWriter } from "../../codec/cbor-writer.ts";
import type { Hash } from "../../codec/common-types.ts";
import { SnappyFrameWriter } from "../../codec/snappy/frame-writer.ts";
import type { ChunkOutput } from "./chunk-output.ts";

/**
 * A chunk on its way into a file: the CBOR of each entry of the proof one behind the other, compressed. Its digest
 * covers the compressed bytes. facts/formats.md 6.7.
 */
export class ChunkFile implements ChunkOutput {
  readonly #file: number;
  readonly #digest = createHash("sha512-256");
  readonly #cbor = new CborWriter();
  readonly #frames: SnappyFrameWriter;
  readonly #onEnd: (digest: Hash) => void;
  #isOpen = true;

  /** @param onEnd gets the digest when the file is complete */
  constructor(path: string, onEnd: (digest: Hash) => void) {
    this.#file = openSync(path, "w", 0o600);
    this.#onEnd = onEnd;
    this.#frames = new SnappyFrameWriter((bytes) => {
      this.#digest.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    });
  }

  put(entry: Uint8Array | null): void {
    this.#cbor.reset();
    if (entry === null) this.#cbor.null();
    else this.#cbor.bytes(entry);
    this.#frames.write(this.#cbor.toBytes());
  }

  end(): void {
    this.#frames.end();
    this.close();
    this.#onEnd(new Uint8Array(this.#digest.digest()));
  }

  /** Gives up the file, whatever is in it. */
  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}
