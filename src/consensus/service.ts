import type { ValidatorUpdate } from "../chain/application.ts";
import { type CodedError, QanatError } from "../codec/errors.ts";
import { type Codec, decode } from "../codec/schema.ts";
import type { Document } from "../types/genesis.ts";
import type { Context } from "./context.ts";
import type { ServiceName } from "./events.ts";
import type { MessageHandler } from "./messages.ts";

/** A transaction method of a service. */
export interface Method {
  /** Mempool priority; the service's when null. */
  readonly priority: bigint | null;
  /** Executes the method with the CBOR body as it is in the transaction (null: absent). */
  readonly execute: (ctx: Context, body: Uint8Array | null) => void;
}

/**
 * The one shape of all services: their table of contents.
 *
 * Hooks run in byte order of the names. An error thrown by a hook stops the block; an error thrown by a method fails
 * the transaction (unless it is an invariant or unsupported error).
 */
export interface Service {
  readonly name: ServiceName;
  /** Mempool priority of the methods. */
  readonly priority: bigint;
  readonly methods: Readonly<Record<string, Method>>;
  readonly messages: readonly MessageHandler[];
  /** A disabled service has no methods and hears no messages; its hooks run. Absent: always enabled. */
  readonly enabled?: (ctx: Context) => boolean;
  readonly initChain: (ctx: Context, document: Document, validators: readonly ValidatorUpdate[]) => void;
  readonly beginBlock?: (ctx: Context) => void;
  /** Only the scheduler returns validator updates. */
  readonly endBlock?: (ctx: Context) => ValidatorUpdate[] | null;
}

/**
 * Declares a method whose body is decoded first. An absent body is the zero value.
 *
 * @param undecodable makes the error of a body that cannot be decoded: the service's invalid argument
 */
export function method<B>(
  body: Codec<B>,
  undecodable: () => CodedError,
  handler: (ctx: Context, body: B) => void,
  options: { priority?: bigint } = {},
): Method {
  return {
    priority: options.priority ?? null,
    execute: (ctx, bytes) => handler(ctx, decodeBody(body, bytes, undecodable)),
  };
}

/** Declares a method that looks at its raw body itself, or not at all. */
export function rawMethod(
  handler: (ctx: Context, body: Uint8Array | null) => void,
  options: { priority?: bigint } = {},
): Method {
  return { priority: options.priority ?? null, execute: handler };
}

/** Decodes a body, or throws the given error. */
export function decodeBody<B>(codec: Codec<B>, bytes: Uint8Array | null, undecodable: () => CodedError): B {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof QanatError) {
      throw undecodable();
    }
    throw error;
  }
}
