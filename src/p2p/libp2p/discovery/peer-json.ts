import { utf8 } from "../../../codec/bytes.ts";
import type { KnownPeer } from "../known-peer.ts";
import { parsePeerId } from "../peer-id.ts";

/** Addresses of one peer that are looked at. */
const MAX_ADDRESSES = 32;
/** Longest text of one peer. */
const MAX_BYTES = 16 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A peer as go-libp2p writes it to JSON: `{"ID":"12D3…","Addrs":["/ip4/…/tcp/…"]}`. */
export function encodePeer({ id, addresses }: KnownPeer): Uint8Array {
  return utf8(JSON.stringify({ Addrs: addresses, ID: id }));
}

/** Inverse of {@link encodePeer}; null when malformed. */
export function decodePeer(bytes: Uint8Array | null): KnownPeer | null {
  if (bytes === null || bytes.length > MAX_BYTES) return null;
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(bytes));
  } catch {
    return null;
  }
  if (typeof json !== "object" || json === null) return null;
  const { ID, Addrs } = json as { ID?: unknown; Addrs?: unknown };
  const id = typeof ID === "string" ? parsePeerId(ID) : null;
  const addresses = Addrs === null || Addrs === undefined ? [] : Addrs;
  if (id === null || !Array.isArray(addresses) || !addresses.every(isMultiaddrText)) return null;
  return { id, addresses: addresses.slice(0, MAX_ADDRESSES) };
}

function isMultiaddrText(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/") && value.length <= 512;
}
