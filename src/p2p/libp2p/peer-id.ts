import { base58 } from "@scure/base";
import { concat, equal } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";

declare const brand: unique symbol;

/** A libp2p peer id as text: base58 of its multihash, `12D3KooW…` for the Ed25519 keys of this network. */
export type PeerId = string & { readonly [brand]: "PeerId" };

/** What the multihash of an Ed25519 key begins with; the key itself follows (facts/runtime.md 4.1). */
const ED25519_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const KEY_LENGTH = 32;
/** Longest text of a peer id that is looked at: those of RSA keys have 46 characters, ours 52. */
const MAX_TEXT = 128;

export function peerIdOf(publicKey: PublicKey): PeerId {
  return base58.encode(concat(ED25519_PREFIX, publicKey)) as PeerId;
}

/** The key of a peer id; null for a peer whose key is of another kind. */
export function publicKeyOf(id: PeerId): PublicKey | null {
  const bytes = peerIdBytes(id);
  const isEd25519 =
    bytes.length === ED25519_PREFIX.length + KEY_LENGTH &&
    equal(bytes.subarray(0, ED25519_PREFIX.length), ED25519_PREFIX);
  return isEd25519 ? (bytes.subarray(ED25519_PREFIX.length) as PublicKey) : null;
}

/** The multihash, as ParaTimes and status get it. */
export function peerIdBytes(id: PeerId): Uint8Array {
  return base58.decode(id);
}

/** Reads a peer id; null when it is none. */
export function parsePeerId(text: string): PeerId | null {
  if (text === "" || text.length > MAX_TEXT) return null;
  try {
    base58.decode(text);
  } catch {
    return null;
  }
  return text as PeerId;
}
