/** Limits of what waits for a slow stream client. */
export interface OutboxLimits {
  /** Messages waiting. */
  readonly maxMessages: number;
  /** Their bytes together. One message is always let in, whatever its size. */
  readonly maxBytes: number;
}

/** Enough for an hour of events on a busy chain, small enough that a thousand idle clients do no harm. */
export const OUTBOX_LIMITS: OutboxLimits = { maxMessages: 4096, maxBytes: 32 * 1024 * 1024 };

/**
 * The bounded queue between a stream handler, which produces when the chain does, and a client that reads as it
 * likes. The official node lets this queue grow without end (api.md section 6); here a client that falls too far
 * behind loses its stream.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #send: (message: Uint8Array) => boolean;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isWritable = true;

  /** `send` hands a message to the connection and answers false when it takes no more until {@link drained}. */
  constructor(limits: OutboxLimits, send: (message: Uint8Array) => boolean) {
    this.#limits = limits;
    this.#send = send;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** False when the message does not fit any more. */
  push(message: Uint8Array): boolean {
    if (this.#isWritable && this.#waiting.length === 0) {
      this.#isWritable = this.#send(message);
      return true;
    }
    const isFull =
      this.#waiting.length >= this.#limits.maxMessages ||
      (this.#waiting.length > 0 && this.#bytes + message.length > this.#limits.maxBytes);
    if (isFull) return false;
    this.#waiting.push(message);
    this.#bytes += message.length;
    return true;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** The connection takes messages again. */
  drained(): void {
    this.#isWritable = true;
    let sent = 0;
    while (this.#isWritable && sent < this.#waiting.length) {
      const message = this.#waiting[sent++]!;
      this.#bytes -= message.length;
      this.#isWritable = this.#send(message);
    }
    this.#waiting.splice(0, sent);
  }
}
