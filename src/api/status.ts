import { CodedError, QanatError } from "../codec/errors.ts";

/** gRPC status codes that this node sends. */
export const code = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** How a call ended. `coded` is the error's wire pair, which travels in `grpc-status-details-bin`. */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly coded: CodedPair | null;
}

/** Module and number of an error, the pair that official clients match on. */
export interface CodedPair {
  readonly module: string;
  readonly code: number;
}

export const STATUS_OK: RpcStatus = { code: code.ok, message: "", coded: null };

/** An error with a gRPC status of its own; everything else travels as Unknown. */
export class RpcError extends QanatError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`rpc/${status}`, message);
    this.name = "RpcError";
    this.status = status;
  }
}

/** Module of errors without a registered pair: they travel without details. */
const UNREGISTERED_MODULE = "unknown";

/**
 * The status with which an error travels (api.md 1.1): a coded error anywhere in the chain of causes gives the pair,
 * the message is that of the outermost error.
 */
export function statusOf(error: unknown): RpcStatus {
  const message = error instanceof Error ? error.message : String(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof RpcError) return { code: cause.status, message, coded: null };
    if (cause instanceof CodedError && cause.module !== UNREGISTERED_MODULE) {
      return { code: code.unknown, message, coded: { module: cause.module, code: cause.wireCode } };
    }
    if (cause.name === "AbortError")
      return { code: code.cancelled, message: "context canceled", coded: null };
    if (cause.name === "TimeoutError") {
      return { code: code.deadlineExceeded, message: "context deadline exceeded", coded: null };
    }
  }
  return { code: code.unknown, message, coded: null };
}

/** `grpc-message` form: every byte outside 0x20-0x7e and `%` as `%XX`. */
export function percentEncode(text: string): string {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(text)) return text;
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) {
    out +=
      byte < 0x20 || byte > 0x7e || byte === 0x25
        ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte);
  }
  return out;
}
