import { type Codec, decode, defineCodec, encode } from "../../../codec/codec.ts";
import { CodecError } from "../../../codec/errors.ts";
import type { PeerId } from "../peer-id.ts";

/** One method of a protocol: what it takes and gives, and how long the answer may take. */
export interface RpcMethod<Q, R> {
  readonly name: string;
  readonly request: Codec<Q>;
  readonly response: Codec<R>;
  /** Longest wait for the answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** How long peers have to answer unless a method says otherwise (oasis-core v26.1 go/p2p/rpc/client.go). */
export const RESPONSE_TIMEOUT_MS = 5_000;

export function rpcMethod<Q, R>(
  name: string,
  request: Codec<Q>,
  response: Codec<R>,
  timeoutMs = RESPONSE_TIMEOUT_MS,
): RpcMethod<Q, R> {
  return { name, request, response, timeoutMs };
}

/** A result that says nothing: CBOR null. */
export const nothing: Codec<null> = defineCodec({
  typeName: "nothing",
  zero: () => null,
  isEmpty: () => true,
  write: (writer) => writer.null(),
  read: (reader) => {
    if (!reader.takeNull()) throw new CodecError("expected null");
    return null;
  },
  toJson: () => null,
  fromJson: () => null,
});

/** Who asks, and the end of the time to answer. */
export interface RpcContext {
  readonly peer: PeerId;
  readonly signal: AbortSignal;
}

/** A method with what answers it, from bytes to bytes. */
export interface ServedMethod {
  readonly name: string;
  readonly answer: (body: Uint8Array | null, context: RpcContext) => Promise<Uint8Array>;
}

/** The argument of a call does not decode. Each protocol has its own error for it. */
export class BadRequest extends Error {}

/** Joins a method and its implementation. */
export function serve<Q, R>(
  { name, request, response }: RpcMethod<Q, R>,
  handle: (request: Q, context: RpcContext) => Promise<R> | R,
): ServedMethod {
  return {
    name,
    async answer(body, context) {
      return encode(response, await handle(decodeBody(request, body), context));
    },
  };
}

function decodeBody<Q>(codec: Codec<Q>, body: Uint8Array | null): Q {
  try {
    return decode(codec, body);
  } catch (error) {
    if (error instanceof CodecError) throw new BadRequest(error.message);
    throw error;
  }
}
