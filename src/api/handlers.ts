import type { Disposer } from "../telemetry/emitter.ts";
import type { RequestOf, ResponseOf, ServiceTable, StreamMethod } from "./method.ts";
import type { ServiceName, Services } from "./method-table.ts";

/** What a unary handler knows of its call besides the request. */
export interface Call {
  /** Aborts when the client goes away, its deadline passes or the server stops. */
  readonly signal: AbortSignal;
}

/** Where a stream handler puts its items. Pushing after the end does nothing. */
export interface Sink<Item> extends Call {
  push(item: Item): void;
  /** Ends the stream, well without an error. */
  end(error?: unknown): void;
}

/**
 * The work behind one method. A stream handler subscribes, pushes what the stream starts with, and returns the
 * disposer of its subscription; it must not push before it returns unless the item belongs to that start.
 */
export type Handler<M> = M extends StreamMethod
  ? (request: RequestOf<M>, sink: Sink<ResponseOf<M>>) => Disposer
  : (request: RequestOf<M>, call: Call) => ResponseOf<M> | Promise<ResponseOf<M>>;

/** Handlers of all methods of a service table. */
export type ServiceHandlers<T extends ServiceTable> = { readonly [Name in keyof T]: Handler<T[Name]> };

/** Handlers of the services that a node serves; a service without handlers is unknown to its clients. */
export type Handlers = { readonly [Service in ServiceName]?: ServiceHandlers<Services[Service]> };
