import { encodeMessagePacket, MAX_PAYLOAD } from "./packet.ts";

/** The messages that wait to be sent on one channel, and the one that is being cut into packets. */
export class SendChannel {
  readonly id: number;
  readonly priority: number;
  readonly #capacity: number;
  readonly #queue: Uint8Array[] = [];
  #sending: Uint8Array | null = null;
  #offset = 0;
  #queuedBytes = 0;
  #dropped = 0;
  /** Bytes sent lately: the scheduler's measure of what the channel had. */
  recentBytes = 0;

  /** @param capacity messages that may wait, besides the one that is being sent */
  constructor(id: number, priority: number, capacity: number) {
    this.id = id;
    this.priority = priority;
    this.#capacity = capacity;
  }

  get hasRoom(): boolean {
    return this.#queue.length < this.#capacity;
  }

  get isPending(): boolean {
    return this.#sending !== null || this.#queue.length > 0;
  }

  get queuedMessages(): number {
    return this.#queue.length + (this.#sending === null ? 0 : 1);
  }

  /** Bytes of whole messages that have not left. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Messages that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a message; the caller has looked at {@link hasRoom}. */
  add(message: Uint8Array): void {
    this.#queuedBytes += message.length;
    this.#queue.push(message);
  }

  countDropped(): void {
    this.#dropped++;
  }

  /** The next packet, behind its length. Only while {@link isPending}. */
  nextPacket(): Uint8Array {
    this.#sending ??= this.#queue.shift()!;
    const end = Math.min(this.#sending.length, this.#offset + MAX_PAYLOAD);
    const isLast = end === this.#sending.length;
    const packet = encodeMessagePacket(this.id, isLast, this.#sending.subarray(this.#offset, end));
    this.#offset = end;
    if (isLast) {
      this.#queuedBytes -= this.#sending.length;
      this.#sending = null;
      this.#offset = 0;
    }
    this.recentBytes += packet.length;
    return packet;
  }
}
