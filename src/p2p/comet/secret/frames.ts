import { concat } from "../../../codec/bytes.ts";
import { malformed, PeerFault } from "../errors.ts";
import { open, seal } from "./native.ts";

const LENGTH_BYTES = 4;
/** Bytes of data in one frame; less is padded, so that every frame has the same length. */
export const FRAME_DATA = 1024;
const FRAME_PLAIN = LENGTH_BYTES + FRAME_DATA;
/** Bytes of a frame on the wire (cometbft.md 2.1, step 5). */
export const FRAME_SEALED = FRAME_PLAIN + 16;

/** The number of the next frame in one direction, as the cipher takes it: four zero bytes, then 64 bits, low first. */
class FrameNonce {
  readonly bytes = new Uint8Array(12);
  readonly #view = new DataView(this.bytes.buffer);
  #low = 0;
  #high = 0;

  advance(): void {
    this.#low = (this.#low + 1) >>> 0;
    if (this.#low === 0) this.#high++;
    this.#view.setUint32(4, this.#low, true);
    this.#view.setUint32(8, this.#high, true);
  }
}

/** Cuts a byte stream into encrypted frames. */
export class FrameSealer {
  readonly #key: Uint8Array;
  readonly #nonce = new FrameNonce();
  readonly #plain = new Uint8Array(FRAME_PLAIN);
  readonly #view = new DataView(this.#plain.buffer);
  #filled = 0;
  #sealed: Uint8Array[] = [];

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Bytes that wait for their frame to be full. */
  get unsealedBytes(): number {
    return this.#filled;
  }

  write(data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      const part = data.subarray(at, at + FRAME_DATA - this.#filled);
      this.#plain.set(part, LENGTH_BYTES + this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === FRAME_DATA) this.#seal();
    }
  }

  /** Ends the frame that is being filled. */
  flush(): void {
    if (this.#filled > 0) this.#seal();
  }

  /** The frames that are ready to be sent; none are no bytes. */
  take(): Uint8Array {
    const sealed = this.#sealed;
    this.#sealed = [];
    return sealed.length === 1 ? sealed[0]! : concat(...sealed);
  }

  #seal(): void {
    this.#view.setUint32(0, this.#filled, true);
    this.#plain.fill(0, LENGTH_BYTES + this.#filled);
    const sealed = new Uint8Array(FRAME_SEALED);
    seal(sealed, this.#plain, this.#nonce.bytes, this.#key);
    this.#nonce.advance();
    this.#filled = 0;
    this.#sealed.push(sealed);
  }
}

/** Opens encrypted frames, however the stream of them is cut. */
export class FrameOpener {
  readonly #key: Uint8Array;
  readonly #nonce = new FrameNonce();
  readonly #plain = new Uint8Array(FRAME_PLAIN);
  readonly #view = new DataView(this.#plain.buffer);
  readonly #partial = new Uint8Array(FRAME_SEALED);
  #filled = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /**
   * Takes the next bytes of the stream and gives the data of each frame they complete to `take`, as a view that is
   * overwritten by the next frame.
   * @throws PeerFault when a frame was tampered with or claims too much data; nothing can be opened after it
   */
  push(bytes: Uint8Array, take: (data: Uint8Array) => void): void {
    let at = 0;
    while (at < bytes.length) {
      const missing = FRAME_SEALED - this.#filled;
      const part = bytes.subarray(at, at + missing);
      at += part.length;
      if (part.length === FRAME_SEALED) {
        take(this.#open(part));
        continue;
      }
      this.#partial.set(part, this.#filled);
      this.#filled += part.length;
      if (this.#filled < FRAME_SEALED) return;
      this.#filled = 0;
      take(this.#open(this.#partial));
    }
  }

  #open(sealed: Uint8Array): Uint8Array {
    if (!open(this.#plain, sealed, this.#nonce.bytes, this.#key)) {
      throw new PeerFault("malformed", "an encrypted frame does not open");
    }
    this.#nonce.advance();
    const length = this.#view.getUint32(0, true);
    if (length > FRAME_DATA) throw malformed("a frame claims more data than it has", { length });
    return this.#plain.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  }
}
