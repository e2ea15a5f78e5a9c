import { utf8 } from "../../../codec/bytes.ts";
import { tupleHash256 } from "../../../crypto/tuple-hash.ts";

const CUSTOMIZATION = "oasis-core/p2p: message id";

/**
 * What peers call a published message: the same for the same bytes under the same topic, whoever published them
 * (facts/runtime.md 4.3).
 */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  return tupleHash256(CUSTOMIZATION, [utf8(topic), data]);
}
