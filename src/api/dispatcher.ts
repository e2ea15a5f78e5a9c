import { type Codec, decode, encode } from "../codec/codec.ts";
import { CodecError } from "../codec/errors.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Logger } from "../telemetry/logger.ts";
import { MAX_MESSAGE_BYTES } from "./framing.ts";
import type { Handlers, Sink } from "./handlers.ts";
import type { Method, ServiceTable } from "./method.ts";
import { SERVICE_PREFIX, services } from "./method-table.ts";
import { type ApiMetrics, countedResponder } from "./metrics.ts";
import { OUTBOX_LIMITS, Outbox } from "./outbox.ts";
import { code, RpcError, type RpcStatus, STATUS_OK, statusOf } from "./status.ts";

/** The response side of a call, provided by the protocol that carries it. */
export interface Responder {
  /** Sends one message; false: takes no more until the call's `drained` is called. */
  send(message: Uint8Array): boolean;
  /** Ends the response. Called once, the last call. */
  finish(status: RpcStatus): void;
}

/** The request side of a running call. */
export interface RunningCall {
  /** The client is gone, or its deadline has passed: stops the handler. Idempotent. */
  cancel(reason: "cancelled" | "deadline"): void;
  /** The connection takes messages again. */
  drained(): void;
}

/** A method together with its handler. */
export interface BoundMethod {
  readonly path: string;
  readonly method: Method;
  // biome-ignore lint/suspicious/noExplicitAny: the table ties codecs and handlers together by name
  readonly handler: (request: any, call: any) => any;
}

/** Which methods a listener serves. */
export type MethodFilter = (service: string, name: string, method: Method) => boolean;

interface DispatcherDeps {
  readonly handlers: Handlers;
  readonly logger: Logger;
  readonly metrics?: ApiMetrics | null;
}

/** One for all: making one takes longer than a short call. */
const CANCELLED = new DOMException("the call was cancelled", "AbortError");

const WIRE_EMPTY = new Uint8Array(0);

/**
 * Runs calls of the method table, whatever protocol carries them: finds the method, decodes the request, calls the
 * handler, encodes what it answers. The rules for empty messages are those of api.md section 0, items 1 to 5.
 */
export class Dispatcher {
  readonly #logger: Logger;
  readonly #metrics: ApiMetrics | null;
  readonly #bound = new Map<string, BoundMethod>();
  readonly #services: ReadonlySet<string>;
  readonly #running = new Set<ActiveCall>();

  constructor(deps: DispatcherDeps) {
    this.#logger = deps.logger;
    this.#metrics = deps.metrics ?? null;
    this.#services = new Set(Object.keys(deps.handlers).map((name) => SERVICE_PREFIX + name));
    for (const [service, handlers] of Object.entries(deps.handlers)) {
      const table: ServiceTable = services[service as keyof typeof services];
      for (const [name, method] of Object.entries(table)) {
        const path = `/${SERVICE_PREFIX}${service}/${name}`;
        const handler = (handlers as Record<string, BoundMethod["handler"]>)[name]!;
        this.#bound.set(path, { path, method, handler });
      }
    }
  }

  /** Number of calls that have not ended. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * The method behind a request path.
   * @throws RpcError 12 when there is none, 7 when `allows` keeps it from this listener.
   */
  resolve(path: string, allows: MethodFilter): BoundMethod {
    const bound = this.#bound.get(path);
    const slash = path.lastIndexOf("/");
    if (!path.startsWith("/") || slash === 0) {
      throw new RpcError(code.unimplemented, `malformed method name: ${JSON.stringify(path)}`);
    }
    const service = path.slice(1, slash);
    const name = path.slice(slash + 1);
    if (bound === undefined) {
      throw new RpcError(
        code.unimplemented,
        this.#services.has(service)
          ? `unknown method ${name} for service ${service}`
          : `unknown service ${service}`,
      );
    }
    if (!allows(service.slice(SERVICE_PREFIX.length), name, bound.method)) {
      throw new RpcError(code.permissionDenied, `${service}/${name} is not served on this listener`);
    }
    return bound;
  }

  /** Starts a call. The request is the content of its only message; it is not used after this function returns. */
  run(bound: BoundMethod, message: Uint8Array, responder: Responder): RunningCall {
    const counted = this.#metrics === null ? responder : countedResponder(bound, responder, this.#metrics);
    const call: ActiveCall = new ActiveCall(bound, counted, this.#logger, () => this.#running.delete(call));
    this.#running.add(call);
    call.start(message);
    return call;
  }

  /** Ends every stream; they would not end by themselves. */
  endStreams(): void {
    for (const call of this.#running) call.endStream();
  }

  /** Cancels every running call. */
  cancelAll(): void {
    for (const call of this.#running) call.cancel("cancelled");
  }
}

class ActiveCall implements RunningCall {
  readonly #bound: BoundMethod;
  readonly #responder: Responder;
  readonly #logger: Logger;
  readonly #onEnd: () => void;
  readonly #outbox: Outbox;
  #abort: AbortController | null = null;
  #dispose: Disposer | null = null;
  /** Set while the last items of an ended stream still wait for the client. */
  #lastStatus: RpcStatus | null = null;
  #hasEnded = false;

  constructor(bound: BoundMethod, responder: Responder, logger: Logger, onEnd: () => void) {
    this.#bound = bound;
    this.#responder = responder;
    this.#logger = logger;
    this.#onEnd = onEnd;
    this.#outbox = new Outbox(OUTBOX_LIMITS, (message) => responder.send(message));
  }

  /** Made on first use: most handlers answer at once and never look at it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  start(message: Uint8Array): void {
    try {
      if (this.#bound.method.kind === "stream") this.#startStream(message);
      else this.#startUnary(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  cancel(reason: "cancelled" | "deadline"): void {
    if (this.#hasEnded) return;
    const status =
      reason === "deadline"
        ? { code: code.deadlineExceeded, message: "context deadline exceeded", coded: null }
        : { code: code.cancelled, message: "context canceled", coded: null };
    this.#end(status);
    // A handler that has answered has nothing left to stop.
    this.#abort?.abort(CANCELLED);
  }

  endStream(): void {
    if (this.#bound.method.kind !== "stream") return;
    this.#end({ code: code.unavailable, message: "the node is stopping", coded: null });
    this.#abort?.abort(CANCELLED);
  }

  drained(): void {
    if (this.#hasEnded) return;
    this.#outbox.drained();
    if (this.#lastStatus !== null && this.#outbox.length === 0) this.#end(this.#lastStatus);
  }

  #startUnary(message: Uint8Array): void {
    const { method, handler } = this.#bound;
    // A method without a request never looks at the body.
    const request = method.request === null ? null : decodeRequest(method.request, message);
    const answer: unknown = handler(request, this);
    if (answer instanceof Promise) {
      answer.then(
        (value) => this.#answer(value),
        (error: unknown) => this.#fail(error),
      );
    } else {
      this.#answer(answer);
    }
  }

  #answer(value: unknown): void {
    if (this.#hasEnded) return;
    try {
      const response = this.#bound.method.response;
      this.#responder.send(response === null ? WIRE_EMPTY : encodeResponse(response, value));
      this.#end(STATUS_OK);
    } catch (error) {
      this.#fail(error);
    }
  }

  #startStream(message: Uint8Array): void {
    const { method, handler } = this.#bound;
    const request =
      method.request === null ? expectEmpty(message) : decodeStreamRequest(method.request, message);
    const sink: Sink<unknown> = {
      signal: this.signal,
      push: (item) => this.#push(item),
      end: (error) => (error === undefined ? this.#endAfterWaiting() : this.#fail(error)),
    };
    const dispose = handler(request, sink) as Disposer;
    if (this.#hasEnded || this.#lastStatus !== null) dispose();
    else this.#dispose = dispose;
  }

  #push(item: unknown): void {
    if (this.#hasEnded || this.#lastStatus !== null) return;
    try {
      if (this.#outbox.push(encodeResponse(this.#bound.method.response!, item))) return;
      throw new RpcError(
        code.resourceExhausted,
        `the client reads too slowly: ${this.#outbox.length} messages wait for it`,
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A stream that ends well still delivers what waits in the outbox. */
  #endAfterWaiting(): void {
    if (this.#outbox.length === 0) {
      this.#end(STATUS_OK);
      return;
    }
    this.#lastStatus = STATUS_OK;
    this.#unsubscribe();
  }

  #unsubscribe(): void {
    this.#dispose?.();
    this.#dispose = null;
  }

  #fail(error: unknown): void {
    const status = statusOf(error);
    if (isUnexpected(error)) {
      this.#logger.error({ method: this.#bound.path, err: error }, "a call failed for an unexpected reason");
    }
    this.#end(status);
  }

  #end(status: RpcStatus): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd();
    this.#unsubscribe();
    this.#outbox.clear();
    this.#responder.finish(status);
  }
}

/** An empty body is the zero value, as `f6` is. */
function decodeRequest(codec: Codec<unknown>, message: Uint8Array): unknown {
  try {
    return decode(codec, message.length === 0 ? null : message, "rpc");
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new RpcError(code.internal, `grpc: error unmarshalling request: ${error.message}`);
  }
}

function decodeStreamRequest(codec: Codec<unknown>, message: Uint8Array): unknown {
  try {
    return decode(codec, message.length === 0 ? null : message, "rpc");
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new RpcError(code.internal, `grpc: failed to unmarshal the received message: ${error.message}`);
  }
}

function expectEmpty(message: Uint8Array): null {
  if (message.length === 0) return null;
  throw new RpcError(code.internal, "grpc: failed to unmarshal the received message: cbor: Unmarshal(nil)");
}

function encodeResponse(codec: Codec<unknown>, value: unknown): Uint8Array {
  const message = encode(codec, value);
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new RpcError(
      code.resourceExhausted,
      `grpc: trying to send message larger than max (${message.length} vs. ${MAX_MESSAGE_BYTES})`,
    );
  }
  return message;
}

/** Errors of the program itself, as opposed to answers. */
function isUnexpected(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
