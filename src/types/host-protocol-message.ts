import { CborReader } from "../codec/cbor-reader.ts";
import { CborWriter } from "../codec/cbor-writer.ts";
import { CodecError } from "../codec/errors.ts";
import { type Codec, type Infer, optional, struct, text, u32 } from "../codec/schema.ts";

/** A body without fields. */
export const Empty = struct("Empty", {});
export type Empty = Infer<typeof Empty>;

/** An error answer; `code` 0 is success where an error is a field of a result. */
export const ProtocolError = struct("ProtocolError", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});
export type ProtocolError = Infer<typeof ProtocolError>;

export const MESSAGE_REQUEST = 1;
export const MESSAGE_RESPONSE = 2;

/**
 * A message of the ParaTime host protocol: `{id, message_type, body}`, the body a map with one key that names it.
 * facts/runtime.md 1.1.
 */
export interface HostMessage {
  /** Counts per direction from 0; a response repeats its request's. */
  readonly id: bigint;
  /** {@link MESSAGE_REQUEST} or {@link MESSAGE_RESPONSE}; other values are to be ignored. */
  readonly type: number;
  /** Name of the body, e.g. `RuntimePingRequest`; `null` when there is not exactly one. */
  readonly name: string | null;
  /** The body's CBOR, to be decoded by whoever knows the name. */
  readonly body: Uint8Array;
}

/** Encodes a message, ready to be framed. */
export function encodeHostMessage<T>(
  id: bigint,
  type: number,
  name: string,
  codec: Codec<T>,
  body: T,
): Uint8Array {
  const writer = new CborWriter();
  writer.map(3);
  writer.text("id");
  writer.uint64(id);
  writer.text("body");
  writer.map(1);
  writer.text(name);
  codec.write(writer, body);
  writer.text("message_type");
  writer.uint(type);
  return writer.toBytes();
}

/**
 * Decodes a message without its body.
 * @throws CodecError when it is not CBOR of that shape, or something follows it
 */
export function decodeHostMessage(bytes: Uint8Array): HostMessage {
  const reader = new CborReader(bytes, true);
  let id = 0n;
  let type = 0;
  let body: Uint8Array | null = null;
  const seen = new Set<string>();
  for (let left = reader.enterMap(); left > 0; left--) {
    const key = reader.text();
    if (seen.has(key)) throw reader.error(`duplicate key ${key}`);
    seen.add(key);
    if (key === "id") id = reader.uint64();
    else if (key === "message_type") type = reader.uint(0xff);
    else if (key === "body") body = reader.rawItem();
    else reader.skip();
  }
  reader.leave();
  if (!reader.atEnd) throw new CodecError("bytes after the message");
  return { id, type, ...(body === null ? { name: null, body: bytes.subarray(0, 0) } : splitBody(body)) };
}

function splitBody(bytes: Uint8Array): Pick<HostMessage, "name" | "body"> {
  const reader = new CborReader(bytes, true);
  const count = reader.enterMap();
  if (count !== 1) return { name: null, body: bytes };
  const name = reader.text();
  return { name, body: bytes.subarray(reader.offset) };
}
