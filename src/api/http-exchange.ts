import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";

/** One HTTP request and its response, whichever version of HTTP carries it. */
export interface HttpExchange {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  header(name: string): string | undefined;
  onData(listener: (chunk: Uint8Array) => void): void;
  onEnd(listener: () => void): void;
  onDrain(listener: () => void): void;
  /** Called once when the exchange is over, well or not. */
  onClose(listener: () => void): void;
  respond(status: number, headers: Record<string, string>): void;
  /** False: takes no more until drained. */
  write(chunk: Uint8Array): boolean;
  end(chunk?: Uint8Array | string): void;
  readonly isClosed: boolean;
}

export function http1Exchange(request: IncomingMessage, response: ServerResponse): HttpExchange {
  request.on("error", ignore);
  response.on("error", ignore);
  return {
    method: request.method ?? "GET",
    path: pathOf(request.url ?? "/"),
    header: (name) => first(request.headers[name]),
    onData: (listener) => void request.on("data", listener),
    onEnd: (listener) => void request.on("end", listener),
    onDrain: (listener) => void response.on("drain", listener),
    onClose: (listener) => void response.on("close", listener),
    respond: (status, headers) => void response.writeHead(status, headers),
    write: (chunk) => response.write(chunk),
    end: (chunk) => void response.end(chunk),
    get isClosed() {
      return response.closed || response.destroyed;
    },
  };
}

export function http2Exchange(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): HttpExchange {
  stream.on("error", ignore);
  return {
    method: headers[":method"] ?? "GET",
    path: pathOf(headers[":path"] ?? "/"),
    header: (name) => first(headers[name]),
    onData: (listener) => void stream.on("data", listener),
    onEnd: (listener) => void stream.on("end", listener),
    onDrain: (listener) => void stream.on("drain", listener),
    onClose: (listener) => void stream.on("close", listener),
    respond: (status, fields) => stream.respond({ ":status": status, ...fields }),
    write: (chunk) => stream.write(chunk),
    end: (chunk) => {
      // A request that was answered before it was read to its end: tell the client to stop sending.
      stream.once("finish", () => {
        if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
      });
      if (chunk === undefined) stream.end();
      else stream.end(chunk);
    },
    get isClosed() {
      return stream.closed || stream.destroyed;
    },
  };
}

/** A connection that breaks is reported by `close`; there is nobody to tell about it. */
function ignore(): void {}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}
