import { toHex } from "../../codec/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";

declare const brand: unique symbol;
/** A peer's name: 40 lower-case hex digits, the first 20 bytes of the hash of its P2P key (cometbft.md 1.2). */
export type NodeId = string & { readonly [brand]: "NodeId" };

export const NODE_ID_BYTES = 20;
const NODE_ID = /^[0-9a-f]{40}$/;

export function nodeIdOf(publicKey: Uint8Array): NodeId {
  return toHex(sha256(publicKey).subarray(0, NODE_ID_BYTES)) as NodeId;
}

/** The id that the text is; null when it is none. Upper case is none: ids are compared as they are. */
export function parseNodeId(text: string): NodeId | null {
  return NODE_ID.test(text) ? (text as NodeId) : null;
}
