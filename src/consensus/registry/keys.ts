import { concat } from "../../codec/bytes.ts";
import type { Namespace, PublicKey } from "../../codec/common-types.ts";
import { sha512_256 } from "../../crypto/hash.ts";

// Prefixes of the registry's state: consensus-a.md section 2. Keys and ids enter hashed, except consensus addresses.
export const ENTITY = Uint8Array.of(0x10);
export const NODE = Uint8Array.of(0x11);
export const NODE_BY_ENTITY = Uint8Array.of(0x12);
export const RUNTIME = Uint8Array.of(0x13);
export const NODE_BY_CONSENSUS_ADDRESS = Uint8Array.of(0x14);
export const NODE_STATUS = Uint8Array.of(0x15);
export const PARAMETERS = Uint8Array.of(0x16);
export const NODE_BY_SUB_KEY = Uint8Array.of(0x17);
export const SUSPENDED_RUNTIME = Uint8Array.of(0x18);
export const RUNTIME_BY_ENTITY = Uint8Array.of(0x19);

/** A key made of a prefix and the hashes of ids. */
export function hashedKey(prefix: Uint8Array, ...ids: readonly (PublicKey | Namespace)[]): Uint8Array {
  return concat(prefix, ...ids.map((id) => sha512_256(id)));
}

/** Key of the index entry of a CometBFT address. */
export function consensusAddressKey(address: Uint8Array): Uint8Array {
  return concat(NODE_BY_CONSENSUS_ADDRESS, address);
}
