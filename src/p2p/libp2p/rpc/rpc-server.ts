import type { Stream } from "@libp2p/interface";
import { decode, encode } from "../../../codec/codec.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { p2pRpcErrors, type WireError } from "../../../types/errors.ts";
import type { PeerClock } from "../../comet/clock.ts";
import { deadline } from "../deadline.ts";
import type { ServedProtocol } from "../host/host.ts";
import type { PeerId } from "../peer-id.ts";
import { RpcRequest, RpcResponse, toRpcError } from "./envelope.ts";
import { readMessage, sendMessage } from "./message-stream.ts";
import { BadRequest, type ServedMethod } from "./rpc-method.ts";

/** A protocol that this node answers. */
export interface RpcService {
  readonly protocol: string;
  readonly methods: readonly ServedMethod[];
  /** What an unknown method and a malformed argument are answered with, where the protocol has errors of its own. */
  readonly errors?: { readonly methodNotSupported: WireError; readonly badRequest: WireError };
  /** Where the protocol's answers are longer than those of others. */
  readonly limits?: {
    /** Requests that are answered at once, in place of {@link MAX_REQUESTS}. */
    readonly maxRequests: number;
  };
}

export interface RpcServerDeps {
  readonly clock: PeerClock;
  readonly logger: Logger;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
}

/** For the request to arrive, for the answer to be made, for it to be taken (oasis-core v26.1 go/p2p/rpc/server.go). */
export const REQUEST_READ_MS = 5_000;
export const HANDLE_MS = 60_000;
export const RESPONSE_WRITE_MS = 60_000;
/** Longest request: the longest that nodes send, a call of an enclave, stays far below; the format allows 64 MiB. */
export const MAX_REQUEST_BYTES = 1024 * 1024;
/** Requests of one protocol that one peer has open. */
export const MAX_STREAMS_OF_PEER = 32;
/** Requests of one protocol that are answered at once; who comes then is turned away. */
export const MAX_REQUESTS = 128;

/** Answers the requests of one protocol: one stream is one call, as {@link RpcRequest} and {@link RpcResponse}. */
export function rpcServer(
  { protocol, methods, errors = p2pRpcErrors, limits }: RpcService,
  deps: RpcServerDeps,
): ServedProtocol {
  const byName = new Map(methods.map((method) => [method.name, method]));
  const maxRequests = limits?.maxRequests ?? MAX_REQUESTS;
  let open = 0;

  async function answer(stream: Stream, peer: PeerId): Promise<void> {
    const request = await within("the request of a peer", REQUEST_READ_MS, (signal) =>
      readMessage(stream, MAX_REQUEST_BYTES, signal),
    );
    const response = await respond(request, peer);
    await within("a peer's taking of the answer", RESPONSE_WRITE_MS, async (signal) => {
      sendMessage(stream, encode(RpcResponse, response));
      await stream.close({ signal });
    });
  }

  async function respond(payload: Uint8Array, peer: PeerId): Promise<RpcResponse> {
    const { method, body } = decode(RpcRequest, payload, "rpc");
    try {
      const served = byName.get(method);
      if (served === undefined) throw errors.methodNotSupported();
      const ok = await within("the answer to a peer", HANDLE_MS, (signal) =>
        served.answer(body, { peer, signal }),
      );
      return { ok, error: null };
    } catch (error) {
      deps.logger.debug({ err: error, method, peer }, "a request of a peer was answered with an error");
      return { ok: null, error: toRpcError(error instanceof BadRequest ? errors.badRequest() : error) };
    }
  }

  async function within<T>(what: string, ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = deadline(what, ms, deps);
    try {
      return await Promise.race([run(limit.signal), aborted(limit.signal)]);
    } finally {
      limit.dispose();
    }
  }

  return {
    protocol,
    maxStreams: MAX_STREAMS_OF_PEER,
    async handle(stream, peer) {
      if (open >= maxRequests) {
        stream.abort(new Error("too many requests"));
        return;
      }
      open++;
      try {
        await answer(stream, peer);
      } finally {
        open--;
      }
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
