import { concat } from "../../../codec/bytes.ts";
import { malformed } from "../errors.ts";

/** Puts the messages of one channel together again. */
export class MessageAssembler {
  readonly #maxLength: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param maxLength longest message in bytes */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Bytes of a message that is not complete. */
  get pendingBytes(): number {
    return this.#length;
  }

  /**
   * Takes the data of a packet, which is copied.
   * @returns the message, when this is its end
   * @throws PeerFault when the message is too long
   */
  push(data: Uint8Array, isLast: boolean): Uint8Array | null {
    const length = this.#length + data.length;
    if (length > this.#maxLength) {
      throw malformed("a message is longer than its channel allows", { length, maxLength: this.#maxLength });
    }
    if (data.length > 0) this.#parts.push(data.slice());
    this.#length = length;
    if (!isLast) return null;
    const message = this.#parts.length === 1 ? this.#parts[0]! : concat(...this.#parts);
    this.#parts = [];
    this.#length = 0;
    return message;
  }
}
