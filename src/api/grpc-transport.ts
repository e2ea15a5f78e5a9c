import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { REQUEST_TIMEOUT_MS, type TransportContext } from "./context.ts";
import type { BoundMethod, RunningCall } from "./dispatcher.ts";
import { frame, RequestReader } from "./framing.ts";
import { code, percentEncode, RpcError, type RpcStatus, statusOf } from "./status.ts";
import { encodeStatusDetails } from "./status-details.ts";
import { parseTimeout } from "./timeout.ts";

const CONTENT_TYPE = /^application\/grpc(?:[+;].*)?$/;

/** Whether a request's content type is gRPC proper (and not, say, gRPC-Web). */
export function isGrpcContentType(contentType: string | undefined): boolean {
  return contentType !== undefined && CONTENT_TYPE.test(contentType);
}

/**
 * Serves one HTTP/2 stream as a gRPC call, by the rules of api.md section 1.
 *
 * This is done on `node:http2` because the texts for unknown methods, the echoed content type and the rules for
 * absent and empty messages are not open to the users of `@grpc/grpc-js`, which also takes twice the processor time.
 */
export function serveGrpc(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  context: TransportContext,
): void {
  const contentType = headers["content-type"];
  if (!isGrpcContentType(contentType)) {
    const text = `invalid gRPC request content-type ${JSON.stringify(contentType ?? "")}`;
    refuse(stream, 415, "application/grpc", { code: code.invalidArgument, message: text, coded: null });
    return;
  }
  if (headers[":method"] !== "POST") {
    const text = `Received a HEADERS frame with :method ${JSON.stringify(headers[":method"])} which should be POST`;
    refuse(stream, 405, contentType!, { code: code.internal, message: text, coded: null });
    return;
  }
  try {
    const timeoutMs = parseTimeout(headers["grpc-timeout"] as string | undefined);
    const bound = context.dispatcher.resolve(headers[":path"]!, context.allows);
    refuseCompression(headers["grpc-encoding"]);
    if (context.refusal !== undefined) throw new RpcError(code.permissionDenied, context.refusal);
    new GrpcCall(stream, contentType!, bound, context).start(timeoutMs);
  } catch (error) {
    refuse(stream, 200, contentType!, statusOf(error));
  }
}

class GrpcCall {
  readonly #stream: ServerHttp2Stream;
  readonly #contentType: string;
  readonly #bound: BoundMethod;
  readonly #context: TransportContext;
  readonly #reader: RequestReader;
  #call: RunningCall | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #requestTimer: NodeJS.Timeout | null = null;
  #unaryResponse: Buffer | null = null;
  #hasHeaders = false;
  #hasEnded = false;

  constructor(stream: ServerHttp2Stream, contentType: string, bound: BoundMethod, context: TransportContext) {
    this.#stream = stream;
    this.#contentType = contentType;
    this.#bound = bound;
    this.#context = context;
    this.#reader = new RequestReader(context.maxRequestBytes, context.budget);
  }

  start(timeoutMs: number | null): void {
    const stream = this.#stream;
    if (timeoutMs !== null) this.#deadline = setTimeout(() => this.#expire(), timeoutMs);
    stream.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    stream.on("end", () => this.#onEnd());
    stream.on("drain", () => this.#call?.drained());
    stream.on("error", () => {
      // The peer reset the stream or the connection broke; `close` follows.
    });
    stream.on("close", () => this.#onClose());
  }

  #onData(chunk: Uint8Array): void {
    if (this.#call !== null || this.#hasEnded) return;
    try {
      if (this.#reader.push(chunk)) this.#run();
      else
        this.#requestTimer ??= setTimeout(
          () => this.#stream.close(constants.NGHTTP2_CANCEL),
          REQUEST_TIMEOUT_MS,
        );
    } catch (error) {
      this.#finish(statusOf(error));
    }
  }

  #onEnd(): void {
    if (this.#call !== null || this.#hasEnded) return;
    try {
      this.#reader.finish();
    } catch (error) {
      // A stream method without any request message is told so in other words than a unary one.
      const isBare = this.#bound.method.kind === "stream" && statusOf(error).message === "EOF";
      this.#finish(isBare ? MISSING_STREAM_REQUEST : statusOf(error));
    }
  }

  #run(): void {
    if (this.#requestTimer !== null) clearTimeout(this.#requestTimer);
    this.#call = this.#context.dispatcher.run(this.#bound, this.#reader.finish(), {
      send: (message) => this.#send(message),
      finish: (status) => this.#finish(status),
    });
    this.#reader.dispose();
  }

  #send(message: Uint8Array): boolean {
    if (this.#stream.destroyed || this.#stream.closed) return true;
    if (this.#bound.method.kind === "unary") {
      // Leaves together with the end of the stream: one write instead of two.
      this.#unaryResponse = frame(message);
      return true;
    }
    this.#respond();
    return this.#stream.write(frame(message));
  }

  #respond(): void {
    if (this.#hasHeaders) return;
    this.#hasHeaders = true;
    this.#stream.respond({ ":status": 200, "content-type": this.#contentType }, {
      waitForTrailers: true,
      sendDate: false,
    } as object);
  }

  #finish(status: RpcStatus): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#release();
    if (this.#stream.destroyed || this.#stream.closed) return;
    if (this.#hasHeaders || status.code === code.ok) {
      this.#respond();
      this.#stream.on("wantTrailers", () => this.#stream.sendTrailers(statusHeaders(status)));
      if (this.#unaryResponse === null) this.#stream.end();
      else this.#stream.end(this.#unaryResponse);
    } else {
      refuse(this.#stream, 200, this.#contentType, status);
    }
  }

  #expire(): void {
    if (this.#call !== null) this.#call.cancel("deadline");
    else this.#finish({ code: code.deadlineExceeded, message: "context deadline exceeded", coded: null });
  }

  #onClose(): void {
    this.#release();
    this.#hasEnded = true;
    this.#call?.cancel("cancelled");
  }

  #release(): void {
    this.#reader.dispose();
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    if (this.#requestTimer !== null) clearTimeout(this.#requestTimer);
  }
}

const MISSING_STREAM_REQUEST: RpcStatus = {
  code: code.internal,
  message: "cardinality violation: received no request message from non-client-streaming RPC",
  coded: null,
};

/** Status as trailer fields, in the order of the official server. */
export function statusHeaders(status: RpcStatus): Record<string, string> {
  const fields: Record<string, string> = {
    "grpc-status": String(status.code),
    "grpc-message": percentEncode(status.message),
  };
  const details = encodeStatusDetails(status);
  if (details !== null) fields["grpc-status-details-bin"] = details;
  return fields;
}

/** Answers with one HEADERS frame that ends the stream, and tells the client to stop sending. */
function refuse(stream: ServerHttp2Stream, httpStatus: number, contentType: string, status: RpcStatus): void {
  if (stream.destroyed || stream.closed) return;
  stream.on("error", () => {
    // Nothing left to do for a stream that breaks while it is refused.
  });
  stream.respond({ ":status": httpStatus, "content-type": contentType, ...statusHeaders(status) }, {
    endStream: true,
    sendDate: false,
  } as object);
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

function refuseCompression(encoding: string | string[] | undefined): void {
  if (encoding === undefined || encoding === "identity" || encoding === "") return;
  throw new RpcError(
    code.unimplemented,
    `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`,
  );
}
