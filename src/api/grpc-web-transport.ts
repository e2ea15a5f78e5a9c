import { Base64Reader } from "./base64-reader.ts";
import { REQUEST_TIMEOUT_MS, type TransportContext } from "./context.ts";
import { type CorsOrigins, corsHeaders } from "./cors.ts";
import type { BoundMethod, RunningCall } from "./dispatcher.ts";
import { FLAG_TRAILERS, frame, RequestReader } from "./framing.ts";
import { statusHeaders } from "./grpc-transport.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { code, type RpcStatus, statusOf } from "./status.ts";
import { parseTimeout } from "./timeout.ts";

const CONTENT_TYPE = /^application\/grpc-web(?<text>-text)?(?:[+;].*)?$/;

/** Whether a request's content type is one of gRPC-Web. */
export function isGrpcWebContentType(contentType: string | undefined): boolean {
  return contentType !== undefined && CONTENT_TYPE.test(contentType);
}

/**
 * Serves one HTTP exchange as a gRPC-Web call, binary or text (base64), unary or server stream (api.md 5.2). The
 * status travels as a trailer frame at the end of the body, also when there is no message before it.
 */
export function serveGrpcWeb(exchange: HttpExchange, origins: CorsOrigins, context: TransportContext): void {
  const contentType = exchange.header("content-type")!;
  const isTextRequest = CONTENT_TYPE.exec(contentType)?.groups?.text !== undefined;
  const accept = exchange.header("accept") ?? "";
  const isTextResponse = isTextRequest || accept.includes("application/grpc-web-text");
  const headers = {
    "content-type": isTextResponse === isTextRequest ? contentType : "application/grpc-web-text",
    ...corsHeaders(origins, exchange.header("origin")),
  };
  const call = new GrpcWebCall(exchange, headers, isTextRequest, isTextResponse, context);
  try {
    const timeoutMs = parseTimeout(exchange.header("grpc-timeout"));
    call.start(context.dispatcher.resolve(exchange.path, context.allows), timeoutMs);
  } catch (error) {
    call.refuse(statusOf(error));
  }
}

class GrpcWebCall {
  readonly #exchange: HttpExchange;
  readonly #headers: Record<string, string>;
  readonly #isTextResponse: boolean;
  readonly #context: TransportContext;
  readonly #reader: RequestReader;
  readonly #base64: Base64Reader | null;
  #call: RunningCall | null = null;
  #timers: NodeJS.Timeout[] = [];
  #hasHeaders = false;
  #hasEnded = false;

  constructor(
    exchange: HttpExchange,
    headers: Record<string, string>,
    isTextRequest: boolean,
    isTextResponse: boolean,
    context: TransportContext,
  ) {
    this.#exchange = exchange;
    this.#headers = headers;
    this.#isTextResponse = isTextResponse;
    this.#context = context;
    this.#reader = new RequestReader(context.maxRequestBytes, context.budget);
    this.#base64 = isTextRequest ? new Base64Reader() : null;
  }

  start(bound: BoundMethod, timeoutMs: number | null): void {
    const exchange = this.#exchange;
    if (timeoutMs !== null) this.#timers.push(setTimeout(() => this.#expire(), timeoutMs));
    this.#timers.push(setTimeout(() => this.#refuseSlowRequest(), REQUEST_TIMEOUT_MS));
    exchange.onData((chunk) => this.#onData(bound, chunk));
    exchange.onEnd(() => this.#onEnd());
    exchange.onDrain(() => this.#call?.drained());
    exchange.onClose(() => this.#onClose());
  }

  /** Ends the exchange before any handler has run. */
  refuse(status: RpcStatus): void {
    this.#finish(status);
  }

  #onData(bound: BoundMethod, chunk: Uint8Array): void {
    if (this.#call !== null || this.#hasEnded) return;
    try {
      const bytes = this.#base64 === null ? chunk : this.#base64.push(chunk);
      if (!this.#reader.push(bytes)) return;
      this.#call = this.#context.dispatcher.run(bound, this.#reader.finish(), {
        send: (message) => this.#send(message),
        finish: (status) => this.#finish(status),
      });
      this.#reader.dispose();
    } catch (error) {
      this.#finish(statusOf(error));
    }
  }

  #onEnd(): void {
    if (this.#call !== null || this.#hasEnded) return;
    try {
      this.#reader.finish();
    } catch (error) {
      this.#finish(statusOf(error));
    }
  }

  #send(message: Uint8Array): boolean {
    if (this.#exchange.isClosed) return true;
    this.#respond();
    return this.#exchange.write(this.#encoded(frame(message)));
  }

  #finish(status: RpcStatus): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#release();
    if (this.#exchange.isClosed) return;
    this.#respond();
    let trailers = "";
    for (const [name, value] of Object.entries(statusHeaders(status))) trailers += `${name}:${value}\r\n`;
    this.#exchange.end(this.#encoded(frame(Buffer.from(trailers, "latin1"), FLAG_TRAILERS)));
  }

  #respond(): void {
    if (this.#hasHeaders) return;
    this.#hasHeaders = true;
    this.#exchange.respond(200, this.#headers);
  }

  #encoded(bytes: Buffer): Buffer {
    return this.#isTextResponse ? Buffer.from(bytes.toString("base64"), "latin1") : bytes;
  }

  #expire(): void {
    if (this.#call !== null) this.#call.cancel("deadline");
    else this.#finish({ code: code.deadlineExceeded, message: "context deadline exceeded", coded: null });
  }

  #refuseSlowRequest(): void {
    if (this.#call !== null) return;
    this.#finish({ code: code.cancelled, message: "the request did not arrive in time", coded: null });
  }

  #onClose(): void {
    this.#release();
    this.#hasEnded = true;
    this.#call?.cancel("cancelled");
  }

  #release(): void {
    this.#reader.dispose();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
