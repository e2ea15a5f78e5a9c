import type { Codec } from "../codec/schema.ts";

/**
 * Which heights a method answers for (api.md 2.0).
 *
 * - `state`: reads the state tree; 0 and negative mean the last committed height.
 * - `block`: reads the block store; 0 means the last processed height, negative is an error.
 * - `none`: the request carries no height.
 */
export type HeightClass = "state" | "block" | "none";

/** Who may call a method: `control` methods steer the node and are served on the Unix socket only. */
export type Access = "public" | "control";

/** A method with one response. `request` null: the request body is never looked at. `response` null: void. */
export interface UnaryMethod<Request = unknown, Response = unknown> {
  readonly kind: "unary";
  readonly request: Codec<Request> | null;
  readonly response: Codec<Response> | null;
  readonly height: HeightClass;
  readonly access: Access;
}

/** A server stream. `request` null: the request message must be of zero length. */
export interface StreamMethod<Request = unknown, Item = unknown> {
  readonly kind: "stream";
  readonly request: Codec<Request> | null;
  readonly response: Codec<Item>;
  readonly height: "none";
  readonly access: Access;
}

// biome-ignore lint/suspicious/noExplicitAny: codecs are invariant in their value type, the table holds all of them
export type Method = UnaryMethod<any, any> | StreamMethod<any, any>;

/** The methods of one service by name. */
export type ServiceTable = Readonly<Record<string, Method>>;

/** What a request decodes to; `null` for a method without a request. */
export type RequestOf<M> = M extends { readonly request: Codec<infer T> } ? T : null;

/** What a response (or stream item) is; `undefined` for a void method. */
export type ResponseOf<M> = M extends { readonly response: Codec<infer T> } ? T : undefined;

type Options = Partial<Pick<UnaryMethod, "height" | "access">>;

/** Declares a unary method; pass `null` for no request or a void response. */
export function unary<
  // biome-ignore lint/suspicious/noExplicitAny: see Method
  Q extends Codec<any> | null,
  // biome-ignore lint/suspicious/noExplicitAny: see Method
  R extends Codec<any> | null,
>(request: Q, response: R, options: Options = {}) {
  return {
    kind: "unary",
    request,
    response,
    height: options.height ?? "none",
    access: options.access ?? "public",
  } as const;
}

/** Declares a server stream; pass `null` for no request. */
export function stream<
  // biome-ignore lint/suspicious/noExplicitAny: see Method
  Q extends Codec<any> | null,
  // biome-ignore lint/suspicious/noExplicitAny: see Method
  R extends Codec<any>,
>(request: Q, response: R) {
  return { kind: "stream", request, response, height: "none", access: "public" } as const;
}
