import { code, RpcError } from "./status.ts";

/** Length of a gRPC frame header: one flag byte and a big-endian u32 length. */
export const FRAME_HEADER_LENGTH = 5;

/** Flag of a message without compression. */
export const FLAG_MESSAGE = 0x00;
/** Flag of the gRPC-Web frame that carries the trailers. */
export const FLAG_TRAILERS = 0x80;

/** Largest message of the official node, both ways (api.md section 1). */
export const MAX_MESSAGE_BYTES = 104_857_600;

/** Wraps `payload` in a gRPC frame. */
export function frame(payload: Uint8Array, flag = FLAG_MESSAGE): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + payload.length);
  out[0] = flag;
  out.writeUInt32BE(payload.length, 1);
  out.set(payload, FRAME_HEADER_LENGTH);
  return out;
}

/** Bytes of request bodies that one server holds at a time, shared by all its calls. */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes `bytes`, or answers false when they do not fit. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}

/**
 * Cuts the first message out of a request body that arrives in pieces. Official servers read one message of a
 * request and ignore what follows.
 *
 * Memory is taken from the budget as bytes arrive, never by what a header announces.
 */
export class RequestReader {
  readonly #maxBytes: number;
  readonly #budget: ByteBudget;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #message: Uint8Array | null = null;

  constructor(maxBytes: number, budget: ByteBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  /**
   * Takes the next piece of the body; true once the message is complete.
   * @throws RpcError 8 for a message over the limit or a server that holds too many requests, 13 or 12 for a frame
   * that is not an uncompressed message.
   */
  push(chunk: Uint8Array): boolean {
    if (this.#message !== null) return true;
    if (chunk.length === 0) return false;
    if (!this.#budget.take(chunk.length)) {
      throw new RpcError(
        code.resourceExhausted,
        "the node holds too many requests at the moment, try again later",
      );
    }
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < FRAME_HEADER_LENGTH) return false;
    const header = this.#chunks[0]!.length >= FRAME_HEADER_LENGTH ? this.#chunks[0]! : this.#joined();
    checkFlag(header[0]!);
    const length = ((header[1]! << 24) | (header[2]! << 16) | (header[3]! << 8) | header[4]!) >>> 0;
    if (length > this.#maxBytes) {
      throw new RpcError(
        code.resourceExhausted,
        `grpc: received message larger than max (${length} vs. ${this.#maxBytes})`,
      );
    }
    if (this.#buffered < FRAME_HEADER_LENGTH + length) return false;
    // Not as a Buffer: decoders take slices for copies, which those of a Buffer are not.
    this.#message = plainBytes(this.#joined()).subarray(FRAME_HEADER_LENGTH, FRAME_HEADER_LENGTH + length);
    return true;
  }

  /** The message, at the end of the body at the latest. @throws RpcError 2 when there is none or half of one. */
  finish(): Uint8Array {
    if (this.#message !== null) return this.#message;
    throw new RpcError(code.unknown, this.#buffered === 0 ? "EOF" : "unexpected EOF");
  }

  /** Gives the memory back to the budget. Idempotent. */
  dispose(): void {
    this.#budget.release(this.#buffered);
    this.#buffered = 0;
    this.#chunks = [];
  }

  #joined(): Buffer {
    const all = this.#chunks.length === 1 ? asBuffer(this.#chunks[0]!) : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

function checkFlag(flag: number): void {
  if (flag === FLAG_MESSAGE) return;
  if (flag === 1) {
    throw new RpcError(code.internal, "grpc: compressed flag set with identity or empty encoding");
  }
  throw new RpcError(code.internal, `grpc: received unexpected payload format ${flag}`);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same bytes without the ways of a Buffer. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
