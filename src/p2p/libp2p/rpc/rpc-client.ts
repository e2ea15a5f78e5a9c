import { decode, encode } from "../../../codec/codec.ts";
import { QanatError } from "../../../codec/errors.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { PeerClock } from "../../comet/clock.ts";
import { deadline } from "../deadline.ts";
import type { Host } from "../host/host.ts";
import type { PeerId } from "../peer-id.ts";
import { fromRpcError, RpcRequest, RpcResponse } from "./envelope.ts";
import { readMessage, sendMessage } from "./message-stream.ts";
import type { PeerScores } from "./peer-scores.ts";
import type { RpcMethod } from "./rpc-method.ts";

/** What the caller finds out about an answer, told afterwards; it decides who is asked next time. */
export interface PeerFeedback {
  readonly peer: PeerId;
  good(): void;
  /** The answer was no use. */
  poor(): void;
  /** Only a liar answers so: the peer is blocked. */
  bad(): void;
}

export interface RpcAnswer<R> {
  readonly value: R;
  readonly feedback: PeerFeedback;
}

export interface RpcClientDeps {
  readonly host: Pick<Host, "openStream" | "block" | "values">;
  /** Where answers are scored; null where there is nobody to choose from. */
  readonly scores: PeerScores | null;
  readonly clock: PeerClock;
  readonly logger: Logger;
}

export interface CallMultiOptions<R> {
  /** Peers that are asked at once. */
  readonly parallel?: number;
  /** Told of each answer; false ends the call, true goes on. */
  readonly onAnswer?: (answer: RpcAnswer<R>) => boolean;
}

/** What of a method matters once the request is encoded. */
type Answering<R> = Pick<RpcMethod<never, R>, "name" | "response" | "timeoutMs">;

/** Longest answer (oasis-core v26.1 go/common/cbor/codec.go). */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** For the stream to open and the request to be sent. */
export const REQUEST_WRITE_MS = 5_000;
/** Peers that {@link RpcClient.callMulti} asks at once. */
export const PARALLEL_CALLS = 5;
/** What a peer is worth more, once it answered, when connections must go. */
const SUCCESS_VALUE = 20;

/** Calls the methods of one protocol. */
export class RpcClient {
  readonly #protocol: string;
  readonly #deps: RpcClientDeps;

  constructor(protocol: string, deps: RpcClientDeps) {
    this.#protocol = protocol;
    this.#deps = deps;
  }

  /**
   * Asks one peer after the other until one answers.
   * @throws the failure of the last one, QanatError `p2p/no-peers` when there is none; the signal's reason
   */
  async call<Q, R>(
    peers: readonly PeerId[],
    method: RpcMethod<Q, R>,
    argument: Q,
    signal: AbortSignal,
  ): Promise<RpcAnswer<R>> {
    const request = requestOf(method, argument);
    let failure: unknown = new QanatError("p2p/no-peers", `no peer to ask for ${method.name}`);
    for (const peer of peers) {
      try {
        return await this.#timed(peer, method, request, signal);
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  /** Asks several peers at once, and gives the answers of those that answer. @throws the signal's reason */
  async callMulti<Q, R>(
    peers: readonly PeerId[],
    method: RpcMethod<Q, R>,
    argument: Q,
    signal: AbortSignal,
    { parallel = PARALLEL_CALLS, onAnswer = () => true }: CallMultiOptions<R> = {},
  ): Promise<RpcAnswer<R>[]> {
    const request = requestOf(method, argument);
    const enough = new AbortController();
    const limit = AbortSignal.any([signal, enough.signal]);
    const waiting = [...peers];
    const answers: RpcAnswer<R>[] = [];
    const askOn = async () => {
      for (let peer = waiting.shift(); peer !== undefined && !limit.aborted; peer = waiting.shift()) {
        const answer = await this.#timed(peer, method, request, limit).catch(() => null);
        if (answer === null || limit.aborted) continue;
        answers.push(answer);
        if (!onAnswer(answer)) enough.abort(new QanatError("p2p/enough", "enough peers answered"));
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallel, peers.length) }, askOn));
    signal.throwIfAborted();
    return answers;
  }

  async #timed<R>(
    peer: PeerId,
    method: Answering<R>,
    request: Uint8Array,
    signal: AbortSignal,
  ): Promise<RpcAnswer<R>> {
    const { clock, scores, logger } = this.#deps;
    const startedMs = clock.now();
    try {
      const value = await this.#exchange(peer, method, request, signal);
      return { value, feedback: this.#feedback(peer, clock.now() - startedMs) };
    } catch (error) {
      // Who asked no longer wants to know: that says nothing of the peer.
      if (!signal.aborted) scores?.failed(peer, clock.now() - startedMs);
      logger.debug({ err: error, method: method.name, peer }, "a call to a peer failed");
      throw error;
    }
  }

  async #exchange<R>(
    peer: PeerId,
    { response: codec, timeoutMs }: Answering<R>,
    request: Uint8Array,
    signal: AbortSignal,
  ): Promise<R> {
    const { host, clock } = this.#deps;
    const limit = deadline("a peer's answer", REQUEST_WRITE_MS + timeoutMs, { clock, signal });
    try {
      const stream = await host.openStream(peer, this.#protocol, limit.signal);
      try {
        sendMessage(stream, request);
        const response = decode(
          RpcResponse,
          await readMessage(stream, MAX_RESPONSE_BYTES, limit.signal),
          "rpc",
        );
        if (response.error !== null) throw fromRpcError(response.error);
        return decode(codec, response.ok);
      } finally {
        // Both sides are done with the stream; a failure to say so does not change the answer.
        stream.close({ signal: limit.signal }).catch((error) => stream.abort(error));
      }
    } finally {
      limit.dispose();
    }
  }

  #feedback(peer: PeerId, latencyMs: number): PeerFeedback {
    const { host, scores } = this.#deps;
    return {
      peer,
      good: () => {
        scores?.succeeded(peer, latencyMs);
        host.values.tag(peer, this.#protocol, SUCCESS_VALUE);
      },
      poor: () => scores?.failed(peer, latencyMs),
      bad: () => {
        scores?.ignore(peer);
        void host.block(peer);
      },
    };
  }
}

function requestOf<Q>({ name, request }: RpcMethod<Q, unknown>, argument: Q): Uint8Array {
  return encode(RpcRequest, { method: name, body: encode(request, argument) });
}
