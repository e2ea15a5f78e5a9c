import type { NodeBackend } from "../api/backend.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { Call, Handlers, Sink } from "../api/handlers.ts";
import type { ServiceTable } from "../api/method.ts";
import { type ServiceName, services } from "../api/method-table.ts";
import { encode } from "../codec/schema.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import { SignedTransaction } from "../types/consensus.ts";
import { type Fetches, Missing } from "./missing.ts";
import type { StatelessConsensus } from "./stateless-consensus.ts";

// biome-ignore lint/suspicious/noExplicitAny: the method table ties requests and responses together by name
type AnyUnary = (request: any, call: Call) => unknown;
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyStream = (request: any, sink: Sink<any>) => Disposer;

/**
 * The handlers of any node, which read synchronously, over what a stateless node has: what they miss is fetched, and
 * then they are run again, with the same last height.
 */
export function statelessHandlers(
  { node, consensus }: { readonly node: NodeBackend; readonly consensus: StatelessConsensus },
  fetches: Fetches,
): Handlers {
  const { NodeController, ...all } = createHandlers({ node, consensus });
  const handlers: Record<string, Record<string, AnyUnary | AnyStream>> = {};
  for (const service of Object.keys(all) as ServiceName[]) {
    const table: ServiceTable = services[service];
    const open = (name: string, view: StatelessConsensus) =>
      (createHandlers({ node, consensus: view })[service] as unknown as Record<string, AnyUnary & AnyStream>)[
        name
      ]!;
    handlers[service] = Object.fromEntries(
      Object.entries(table).map(([name, { kind }]) => [
        name,
        kind === "stream"
          ? repeatedStream((view) => open(name, view), consensus, fetches)
          : repeatedUnary((view) => open(name, view), consensus, fetches),
      ]),
    );
  }
  // Not to be repeated: a transaction is submitted once.
  handlers.Consensus!.SubmitTxWithProof = async (tx: SignedTransaction, { signal }: Call) =>
    (await consensus.submitTxWithProof(encode(SignedTransaction, tx), signal)).proof;
  return { NodeController, ...handlers } as Handlers;
}

function repeatedUnary(
  open: (view: StatelessConsensus) => AnyUnary,
  consensus: StatelessConsensus,
  fetches: Fetches,
): AnyUnary {
  return (request, call) => {
    const handler = open(consensus.pinned());
    return fetches.complete(() => handler(request, call), call.signal);
  };
}

function repeatedStream(
  open: (view: StatelessConsensus) => AnyStream,
  consensus: StatelessConsensus,
  fetches: Fetches,
): AnyStream {
  return (request, sink) => {
    let dispose: Disposer = () => {};
    let isDisposed = false;
    const view = consensus.pinned();
    const handler = open(view);
    const start = () => {
      if (isDisposed) return;
      const held = new HeldSink(sink);
      try {
        dispose = handler(request, held);
      } catch (error) {
        held.drop();
        throw error;
      }
      view.unpin();
    };
    fetches.complete(start, sink.signal).catch((error) => sink.end(error));
    return () => {
      isDisposed = true;
      dispose();
    };
  };
}

/**
 * Passes on what a handler pushes once its run is over: a run that misses something is repeated, and has pushed
 * nothing.
 */
class HeldSink implements Sink<unknown> {
  readonly #sink: Sink<unknown>;
  #held: unknown[] = [];

  constructor(sink: Sink<unknown>) {
    this.#sink = sink;
  }

  get signal(): AbortSignal {
    return this.#sink.signal;
  }

  push(item: unknown): void {
    if (this.#held.length === 0) queueMicrotask(() => this.#release());
    this.#held.push(item);
  }

  /** @throws Missing for whoever repeats the run */
  end(error?: unknown): void {
    if (error instanceof Missing) {
      this.drop();
      throw error;
    }
    this.#release();
    this.#sink.end(error);
  }

  /** Forgets what was pushed and not passed on. */
  drop(): void {
    this.#held = [];
  }

  #release(): void {
    const items = this.#held;
    this.#held = [];
    for (const item of items) this.#sink.push(item);
  }
}
