import * as wire from "../chain/wire.ts";
import { CodecError } from "../codec/errors.ts";
import { decode, encode, optional, struct, text, u32 } from "../codec/schema.ts";
import type { CodedPair, RpcStatus } from "./status.ts";

/** The official node leaves `type_url` out, and clients insist on that (api.md 1.1). */
const Any = wire.message("google.protobuf.Any", {
  type_url: wire.scalar(1, wire.text),
  value: wire.scalar(2, wire.bytes),
});

const Status = wire.message("google.rpc.Status", {
  code: wire.scalar(1, wire.int32),
  message: wire.scalar(2, wire.text),
  details: wire.repeated(3, Any),
});

const Detail = struct("ErrorDetail", { code: optional(u32), module: optional(text) });

/** Value of `grpc-status-details-bin`, or `null` for a status without a wire pair. */
export function encodeStatusDetails(status: RpcStatus): string | null {
  if (status.coded === null) return null;
  const detail = encode(Detail, { code: status.coded.code, module: status.coded.module });
  const message = wire.encode(Status, {
    code: status.code,
    message: status.message,
    details: [{ type_url: "", value: detail }],
  });
  return Buffer.from(message).toString("base64").replace(/=+$/, "");
}

/** The wire pair of a decoded `grpc-status-details-bin`; `null` when there is none, or not exactly one. */
export function decodeStatusDetails(bytes: Uint8Array): CodedPair | null {
  try {
    const { details } = wire.decode(Status, bytes);
    const [detail] = details;
    if (details.length !== 1 || detail === undefined || detail.type_url !== "") return null;
    const { module, code } = decode(Detail, detail.value, "untrusted");
    return { module, code };
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
