import { concat, u64be } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { sha512_256 } from "../../crypto/hash.ts";

// Prefixes of the roothash state: consensus-b.md section 1. ParaTime ids enter hashed, integers big-endian.
export const RUNTIME_STATE = Uint8Array.of(0x20);
export const PARAMETERS = Uint8Array.of(0x21);
export const ROUND_TIMEOUT = Uint8Array.of(0x22);
export const EVIDENCE = Uint8Array.of(0x24);
export const STATE_ROOT = Uint8Array.of(0x25);
export const IO_ROOT = Uint8Array.of(0x26);
export const LAST_ROUND_RESULTS = Uint8Array.of(0x27);
export const QUEUE_META = Uint8Array.of(0x28);
export const QUEUE = Uint8Array.of(0x29);
export const PAST_ROOTS = Uint8Array.of(0x2a);

/** Length of the part that all keys of one ParaTime under a prefix share. */
export const RUNTIME_KEY_LENGTH = 33;

/** Key of a ParaTime under a prefix. */
export function runtimeKey(prefix: Uint8Array, id: Namespace): Uint8Array {
  return concat(prefix, sha512_256(id));
}

/** Key of a ParaTime's round or message number under a prefix. */
export function numberedKey(prefix: Uint8Array, id: Namespace, number: bigint): Uint8Array {
  return concat(prefix, sha512_256(id), u64be(number));
}

/** Prefix of the timeouts due at a height. */
export function timeoutPrefix(height: bigint): Uint8Array {
  return concat(ROUND_TIMEOUT, u64be(height));
}

export function timeoutKey(height: bigint, id: Namespace): Uint8Array {
  return concat(timeoutPrefix(height), sha512_256(id));
}

export function evidenceKey(id: Namespace, round: bigint, evidence: Hash): Uint8Array {
  return concat(EVIDENCE, sha512_256(id), u64be(round), evidence);
}
