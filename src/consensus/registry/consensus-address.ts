import type { PublicKey } from "../../codec/common-types.ts";
import { sha256 } from "../../crypto/hash.ts";

/** Address by which CometBFT knows a consensus key: the first 20 bytes of its SHA-256. */
export function consensusAddress(key: PublicKey): Uint8Array {
  return sha256(key).subarray(0, 20);
}
