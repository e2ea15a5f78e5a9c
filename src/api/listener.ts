import { existsSync } from "node:fs";
import { createServer as createHttp1, type Server as Http1Server } from "node:http";
import {
  createServer as createHttp2,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { createServer as createTls } from "node:tls";
import { QanatError } from "../codec/errors.ts";
import type { NodeBackend } from "./backend.ts";
import type { TransportContext } from "./context.ts";
import { isGrpcContentType, serveGrpc } from "./grpc-transport.ts";
import { http1Exchange, http2Exchange } from "./http-exchange.ts";
import { clearStaleSocket, MAX_SOCKET_PATH_BYTES } from "./unix-socket.ts";
import { serveWeb } from "./web-requests.ts";

export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** TLS of a TCP listener, where clients are judged by the key that they prove to have. */
export interface ListenerTls {
  readonly certificatePem: string;
  readonly keyPem: string;
  /**
   * Why a client may call nothing; null when it may. @param certificate in DER; null when it shows none
   * @throws for a certificate with which nobody connects
   */
  refusal(certificate: Uint8Array | null): string | null;
}

interface ListenerDeps {
  readonly context: TransportContext;
  readonly node: NodeBackend;
}

/** Streams that one connection may have open; official clients use one per call, watchers one per watch. */
const MAX_STREAMS_PER_CONNECTION = 1024;
/** Connections of one listener. */
const MAX_CONNECTIONS = 1024;
/** Memory of one HTTP/2 connection in MiB: room for one response of the largest size and some waiting streams. */
const MAX_SESSION_MEMORY_MIB = 256;
/** A connection without a stream for this long is closed, as the official server does. */
const IDLE_TIMEOUT_MS = 600_000;
/** Time for a new client of a web listener to send its first bytes. */
const HANDSHAKE_TIMEOUT_MS = 120_000;
/** Time for a handshake of TLS. */
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;
/** Time in which an HTTP/1.1 request must have arrived. */
const HTTP1_REQUEST_TIMEOUT_MS = 120_000;

/** First bytes of every HTTP/2 connection; no HTTP/1.1 method begins like its first three. */
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0", "latin1");
const TELLING_BYTES = 3;
const EMPTY = Buffer.alloc(0);

/** One open address: gRPC over HTTP/2, and on web listeners also HTTP/1.1 on the same port, told by its first bytes. */
export class Listener {
  readonly #options: {
    readonly address: ListenAddress;
    readonly web: { readonly origins: readonly string[] } | null;
    readonly tls: ListenerTls | null;
  };
  readonly #deps: ListenerDeps;
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  /** Open connections of HTTP/2, with the number of their open streams. */
  readonly #sessions = new Map<ServerHttp2Session, number>();
  readonly #sockets = new Set<Socket>();
  /** Why clients that were let in may call nothing. */
  readonly #refusals = new WeakMap<ServerHttp2Session, string>();
  /** That of the connection which becomes a session at this moment. */
  #refusal: string | null = null;
  /** Connections that have not sent anything yet. */
  readonly #silent = new Set<Socket>();
  #server: Server | null = null;
  #address: ListenAddress;

  constructor(
    options: {
      address: ListenAddress;
      web: { origins: readonly string[] } | null;
      tls?: ListenerTls | null;
    },
    deps: ListenerDeps,
  ) {
    this.#options = { ...options, tls: options.tls ?? null };
    this.#deps = deps;
    this.#address = options.address;
    this.#http1 = this.#createHttp1();
    this.#http2 = this.#createHttp2();
  }

  /** With the chosen port once open. */
  get address(): ListenAddress {
    return this.#address;
  }

  async open(): Promise<void> {
    const { address, tls } = this.#options;
    const server =
      tls === null ? createTcp({ noDelay: true }, (socket) => this.#accept(socket)) : this.#createTls(tls);
    server.maxConnections = MAX_CONNECTIONS;
    if (address.kind === "unix") {
      if (Buffer.byteLength(address.path) > MAX_SOCKET_PATH_BYTES) {
        throw new QanatError(
          "api/socket_path",
          `the path of the socket is longer than the system allows (${MAX_SOCKET_PATH_BYTES} bytes): ${address.path}`,
        );
      }
      await clearStaleSocket(address.path);
      // The mode of the socket comes from the umask at the moment it is bound: 0700, so only the node's user connects.
      const umask = process.umask(0o077);
      try {
        await listening(server, () => server.listen({ path: address.path }));
      } finally {
        process.umask(umask);
      }
    } else {
      await listening(server, () => server.listen({ host: address.host, port: address.port }));
      this.#address = { ...address, port: (server.address() as AddressInfo).port };
    }
    this.#server = server;
  }

  /** Stops accepting and asks clients to go; `done` resolves when the last connection is closed. */
  close(): { readonly done: Promise<void>; force(): void } {
    const server = this.#server;
    const done = new Promise<void>((resolve) => {
      if (server === null) resolve();
      else server.close(() => resolve());
    });
    this.#http1.close();
    for (const socket of this.#silent) socket.destroy();
    for (const session of this.#sessions.keys()) session.close();
    return {
      done,
      force: () => {
        for (const session of this.#sessions.keys()) session.destroy();
        for (const socket of this.#sockets) socket.destroy();
      },
    };
  }

  /** HTTP/2 over TLS; the official server closes what does not speak it (api.md 1.2). */
  #createTls(tls: ListenerTls): Server {
    const server = createTls({
      key: tls.keyPem,
      cert: tls.certificatePem,
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.2",
      requestCert: true,
      // No authority vouches for a node's key.
      rejectUnauthorized: false,
      handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
    });
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("tlsClientError", (_, socket) => socket.destroy());
    server.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      if (socket.alpnProtocol !== "h2") {
        socket.destroy();
        return;
      }
      try {
        this.#refusal = tls.refusal(socket.getPeerX509Certificate()?.raw ?? null);
      } catch {
        socket.destroy();
        return;
      }
      this.#http2.emit("connection", socket);
      this.#refusal = null;
    });
    return server;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {
      // The peer broke the connection; `close` follows.
    });
    if (this.#options.web === null) this.#http2.emit("connection", socket);
    else this.#detectProtocol(socket);
  }

  #detectProtocol(socket: Socket): void {
    this.#silent.add(socket);
    socket.on("close", () => this.#silent.delete(socket));
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
    let start = EMPTY;
    const onReadable = () => {
      const more = socket.read() as Buffer | null;
      if (more === null) return;
      start = Buffer.concat([start, more]);
      const length = Math.min(start.length, HTTP2_PREFACE.length);
      const isHttp2 = HTTP2_PREFACE.subarray(0, length).equals(start.subarray(0, length));
      // POST begins like it, too.
      if (isHttp2 && length < TELLING_BYTES) return;
      socket.off("readable", onReadable);
      this.#silent.delete(socket);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(start);
      (isHttp2 ? this.#http2 : this.#http1).emit("connection", socket);
    };
    socket.on("readable", onReadable);
  }

  #createHttp1(): Http1Server {
    const server = createHttp1({
      requestTimeout: HTTP1_REQUEST_TIMEOUT_MS,
      headersTimeout: HTTP1_REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
    });
    // It gets its connections from the port's own server. Its time limits and its list of idle connections begin with
    // this event all the same.
    server.emit("listening");
    server.on("request", (request, response) => {
      const { context, node } = this.#deps;
      serveWeb(http1Exchange(request, response), this.#options.web!, context, node);
    });
    return server;
  }

  #createHttp2(): Http2Server {
    const server = createHttp2({
      maxSessionMemory: MAX_SESSION_MEMORY_MIB,
      settings: { maxConcurrentStreams: MAX_STREAMS_PER_CONNECTION },
    });
    server.on("session", (session) => {
      this.#sessions.set(session, 0);
      if (this.#refusal !== null) this.#refusals.set(session, this.#refusal);
      session.on("close", () => this.#sessions.delete(session));
      session.on("error", () => {
        // A client that breaks the protocol is told by GOAWAY and disconnected.
      });
      session.setTimeout(IDLE_TIMEOUT_MS, () => {
        if (this.#sessions.get(session) === 0) session.close();
      });
    });
    server.on("sessionError", () => {});
    server.on("stream", (stream, headers) => {
      this.#countStream(stream);
      const { context, node } = this.#deps;
      const web = this.#options.web;
      const refusal = stream.session && this.#refusals.get(stream.session as ServerHttp2Session);
      if (refusal !== undefined) serveGrpc(stream, headers, { ...context, refusal });
      else if (web === null || isGrpcContentType(headers["content-type"]))
        serveGrpc(stream, headers, context);
      else serveWeb(http2Exchange(stream, headers), web, context, node);
    });
    return server;
  }

  #countStream(stream: ServerHttp2Stream): void {
    const { session } = stream;
    if (session === undefined) return;
    const add = (difference: number) => {
      const count = this.#sessions.get(session as ServerHttp2Session);
      if (count !== undefined) this.#sessions.set(session as ServerHttp2Session, count + difference);
    };
    add(1);
    stream.on("close", () => add(-1));
  }
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error));
    server.once("error", refuse);
    server.once("listening", () => {
      server.off("error", refuse);
      resolve();
    });
    listen();
  });
}

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there already",
  EADDRNOTAVAIL: "this machine does not have that address",
  EACCES: "only root may listen there",
};

/** The system says the same of a folder that is not there and of one that may not be written. */
function socketReason(path: string, error: NodeJS.ErrnoException): string {
  if (error.code !== "EACCES" && error.code !== "ENOENT")
    return listenReasons[error.code ?? ""] ?? error.message;
  const folder = dirname(path);
  const reason = existsSync(folder)
    ? `this user may not make files in ${folder}`
    : `${folder} does not exist`;
  return `${reason}; common.internal_socket_path names another place`;
}

/** @param error of the system, with the address in it */
function listenError(error: NodeJS.ErrnoException): QanatError {
  const { address, port, path } = error as { address?: string; port?: number; path?: string };
  const socket = port === undefined || port < 0 ? (path ?? address) : undefined;
  const where = socket ?? `${address}:${port}`;
  const reason =
    socket === undefined ? (listenReasons[error.code ?? ""] ?? error.message) : socketReason(socket, error);
  return new QanatError("api/listen", `the API cannot listen on ${where}: ${reason}`, {}, { cause: error });
}
