import { type KeyObject, type VerifyKeyObjectInput, verify } from "node:crypto";

/**
 * Whether the signature of a message's SHA-256 holds. Keys that the library cannot work with, which anybody may put
 * into a certificate, sign nothing.
 */
export function verifySha256(
  key: KeyObject | VerifyKeyObjectInput,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify("sha256", message, key, signature);
  } catch {
    return false;
  }
}
