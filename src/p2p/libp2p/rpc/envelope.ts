import { CodedError as Coded, type CodedError, QanatError } from "../../../codec/errors.ts";
import { type Infer, nullable, optional, raw, struct, text, u32 } from "../../../codec/schema.ts";
import { wirePair } from "../../../types/errors.ts";

/** A call: the method's name and the CBOR of its argument (facts/runtime.md 4.4). */
export const RpcRequest = struct("Request", { method: text, body: raw });
export type RpcRequest = Infer<typeof RpcRequest>;

/** Why a call failed at the peer. */
export const RpcError = struct("Error", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});
export type RpcError = Infer<typeof RpcError>;

/** The answer: the CBOR of the result, `f6` for none, or an error. */
export const RpcResponse = struct("Response", { ok: optional(raw), error: optional(nullable(RpcError)) });
export type RpcResponse = Infer<typeof RpcResponse>;

/** Longest text of a failure that is told to a peer, or repeated of one. */
const MAX_ERROR_TEXT = 512;

/** A failure as the peer is told of it. Only what the protocol knows is described: the rest is ours. */
export function toRpcError(error: unknown): RpcError {
  const message = error instanceof QanatError ? error.message : "internal error";
  return { ...wirePair(error), message: message.slice(0, MAX_ERROR_TEXT) };
}

/** The failure that a peer told us of. */
export function fromRpcError({ module, code, message }: RpcError): CodedError {
  return new Coded(module, code, message.slice(0, MAX_ERROR_TEXT));
}
