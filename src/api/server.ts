import type { Logger } from "../telemetry/logger.ts";
import type { Backends } from "./backend.ts";
import { Dispatcher, type MethodFilter } from "./dispatcher.ts";
import { ByteBudget, MAX_MESSAGE_BYTES } from "./framing.ts";
import type { Handlers } from "./handlers.ts";
import { type ListenAddress, Listener, type ListenerTls } from "./listener.ts";
import type { ApiMetrics } from "./metrics.ts";

/** One place where clients may connect. */
export interface ListenerOptions {
  readonly address: ListenAddress;
  /**
   * Methods served here, as `Service/Method` or `Service/*`, in the names of the method table; `*` is every method.
   * Methods that steer the node are served on Unix sockets only, whatever this says.
   */
  readonly methods: readonly string[];
  /** Also serve gRPC-Web, `/livez` and `/readyz`, over HTTP/1.1 and HTTP/2. */
  readonly web: { readonly origins: readonly string[] } | null;
  /** Only for TCP without `web`. */
  readonly tls?: ListenerTls;
}

export interface ApiServerOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly maxRequestBytes?: number;
}

export interface ApiServerDeps {
  readonly backends: Backends;
  readonly handlers: Handlers;
  readonly logger: Logger;
  readonly metrics?: ApiMetrics | null;
}

/** Request bytes held for clients together; more than two of the largest requests at a time would starve the rest. */
const REQUEST_BUDGET_BYTES = 256 * 1024 * 1024;

/** Time that running calls get after a stop (api.md section 1). */
export const STOP_GRACE_MS = 5000;

/** The API of a node: one set of handlers behind any number of listeners. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #dispatcher: Dispatcher;
  readonly #deps: ApiServerDeps;
  readonly #budget = new ByteBudget(REQUEST_BUDGET_BYTES);
  #listeners: Listener[] = [];

  constructor(options: ApiServerOptions, deps: ApiServerDeps) {
    this.#options = options;
    this.#deps = deps;
    const { handlers, logger, metrics } = deps;
    this.#dispatcher = new Dispatcher({ handlers, logger, metrics });
  }

  /** Addresses in the order of the listeners; with the port that was chosen where port 0 was asked for. */
  get addresses(): readonly ListenAddress[] {
    return this.#listeners.map((listener) => listener.address);
  }

  /** Opens all listeners. @throws the reason why one cannot be opened, after closing the others. */
  async start(): Promise<void> {
    try {
      for (const options of this.#options.listeners) {
        const listener = new Listener(
          { address: options.address, web: options.web, tls: options.tls ?? null },
          {
            context: {
              dispatcher: this.#dispatcher,
              allows: methodFilter(options),
              maxRequestBytes: this.#options.maxRequestBytes ?? MAX_MESSAGE_BYTES,
              budget: this.#budget,
              logger: this.#deps.logger,
            },
            node: this.#deps.backends.node,
          },
        );
        await listener.open();
        this.#listeners.push(listener);
      }
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  /** Takes no new calls, ends streams, gives other calls `graceMs`, then cancels them. Nothing is left when it resolves. */
  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    const closing = this.#listeners.map((listener) => listener.close());
    this.#dispatcher.endStreams();
    this.#listeners = [];
    const timer = setTimeout(() => {
      this.#dispatcher.cancelAll();
      for (const end of closing) end.force();
    }, graceMs);
    await Promise.all(closing.map((end) => end.done));
    clearTimeout(timer);
  }
}

/** @internal for tests */
export function methodFilter(options: Pick<ListenerOptions, "address" | "methods">): MethodFilter {
  const isLocal = options.address.kind === "unix";
  const allowed = new Set(options.methods);
  return (service, name, method) =>
    (isLocal || method.access === "public") &&
    (allowed.has("*") || allowed.has(`${service}/*`) || allowed.has(`${service}/${name}`));
}
