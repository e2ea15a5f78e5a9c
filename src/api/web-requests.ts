import type { NodeBackend } from "./backend.ts";
import type { TransportContext } from "./context.ts";
import { type CorsOrigins, corsHeaders, preflightHeaders } from "./cors.ts";
import { isGrpcWebContentType, serveGrpcWeb } from "./grpc-web-transport.ts";
import { healthResponse } from "./health.ts";
import type { HttpExchange } from "./http-exchange.ts";

export interface WebOptions {
  readonly origins: CorsOrigins;
}

/** Answers everything that a web listener gets and that is not gRPC proper. */
export function serveWeb(
  exchange: HttpExchange,
  options: WebOptions,
  context: TransportContext,
  node: NodeBackend,
): void {
  const origin = exchange.header("origin");
  if (exchange.method === "OPTIONS") {
    exchange.respond(204, preflightHeaders(options.origins, origin));
    exchange.end();
    return;
  }
  if (exchange.method === "POST") {
    if (isGrpcWebContentType(exchange.header("content-type"))) {
      serveGrpcWeb(exchange, options.origins, context);
    } else {
      plain(exchange, 415, "expected content-type application/grpc-web or application/grpc-web-text\n", {});
    }
    return;
  }
  const isRead = exchange.method === "GET" || exchange.method === "HEAD";
  const response = isRead ? healthResponse(exchange.path, node) : null;
  if (response !== null) {
    plain(exchange, response.status, response.body, corsHeaders(options.origins, origin));
  } else if (isRead) {
    plain(exchange, 404, "not found\n", {});
  } else {
    plain(exchange, 405, "method not allowed\n", { allow: "GET, HEAD, OPTIONS, POST" });
  }
}

function plain(exchange: HttpExchange, status: number, body: string, headers: Record<string, string>): void {
  exchange.respond(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    ...headers,
  });
  if (exchange.method === "HEAD") exchange.end();
  else exchange.end(body);
}
