import { code, RpcError } from "./status.ts";

const GROUP = 4;

/**
 * Decodes base64 that arrives in pieces and may consist of several separately padded parts, as the text form of
 * gRPC-Web allows.
 */
export class Base64Reader {
  #rest = "";

  /** Bytes of all groups that are complete. @throws RpcError 13 for other characters. */
  push(chunk: Uint8Array): Uint8Array {
    const text =
      this.#rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    const whole = text.length - (text.length % GROUP);
    this.#rest = text.slice(whole);
    const groups = text.slice(0, whole);
    if (!/^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)*$/.test(groups)) {
      throw new RpcError(code.internal, "grpc-web: the request body is not base64");
    }
    const parts: Buffer[] = [];
    // Padding ends a part; what follows is a new one.
    for (const part of groups.match(/[A-Za-z0-9+/]+=*/g) ?? []) parts.push(Buffer.from(part, "base64"));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
