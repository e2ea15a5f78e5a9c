import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { QanatError } from "../../codec/errors.ts";
import type { Logger } from "../logger.ts";

export interface MetricsServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface MetricsServerDeps {
  readonly metrics: { readonly contentType: string; read(): Promise<string> };
  readonly logger: Logger;
}

/** A few scrapers; nobody else has business here. */
const maxConnections = 64;
/** Time in which a request must have arrived. */
const requestTimeoutMs = 10_000;
const scrapePath = "/metrics";

/** Serves `GET /metrics` and nothing else, over plain HTTP: it is for the operator's own network. */
export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #deps: MetricsServerDeps;
  readonly #server: Server;

  constructor(options: MetricsServerOptions, deps: MetricsServerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#server = createServer(
      { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = maxConnections;
  }

  /** With the port that was chosen where 0 was asked for; known after `start`. */
  get address(): { readonly host: string; readonly port: number } {
    const bound = this.#server.address() as AddressInfo | null;
    return { host: this.#options.host, port: bound?.port ?? this.#options.port };
  }

  /** @throws QanatError `metrics/listen` when the address cannot be used */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "EADDRINUSE" ? "another process listens there already" : cause.message;
        const message = `metrics.address: metrics cannot be served on ${host}:${port}: ${reason}`;
        reject(new QanatError("metrics/listen", message, {}, { cause }));
      });
      this.#server.listen({ host, port }, resolve);
    });
  }

  /** Ends readings that are under way, too. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? "").split("?");
    if (path !== scrapePath) {
      response.writeHead(404, { "content-type": "text/plain" }).end(`metrics are at ${scrapePath}\n`);
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    try {
      const text = await this.#deps.metrics.read();
      response.writeHead(200, { "content-type": this.#deps.metrics.contentType }).end(text);
    } catch (error) {
      this.#deps.logger.error({ err: error }, "metrics could not be read");
      response.writeHead(500).end();
    }
  }
}
