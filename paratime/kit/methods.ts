import { CodecError } from "../../src/codec/errors.ts";
import { type Codec, decode, encode } from "../../src/codec/schema.ts";
import type { TxContext } from "./paratime.ts";

/** A method that transactions or queries call: types of its arguments and its result, and what it does. */
export interface Method {
  /**
   * @param args CBOR of the arguments
   * @returns CBOR of the result
   * @throws MethodError
   */
  call(context: TxContext, args: Uint8Array): Promise<Uint8Array>;
}

/** A method refuses what it is asked; the caller is told the message. */
export class MethodError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MethodError";
  }
}

/** Methods by name. */
export type Methods = Readonly<Record<string, Method>>;

/**
 * Declares a method.
 *
 * ```ts
 * const add = method(Sum, u64, async (context, { a, b }) => a + b);
 * ```
 */
export function method<A, R>(
  args: Codec<A>,
  result: Codec<R>,
  handler: (context: TxContext, args: A) => Promise<R>,
): Method {
  return {
    async call(context, bytes) {
      let value: A;
      try {
        value = decode(args, bytes);
      } catch (error) {
        if (error instanceof CodecError) throw new MethodError("malformed call arguments");
        throw error;
      }
      return encode(result, await handler(context, value));
    },
  };
}

/** @throws MethodError when there is no such method */
export function findMethod(methods: Methods, name: string): Method {
  if (!Object.hasOwn(methods, name)) throw new MethodError("method not found");
  return methods[name]!;
}
