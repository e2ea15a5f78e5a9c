import { toHex } from "../../codec/bytes.ts";
import { hashOf } from "../../crypto/hash.ts";
import { Document } from "../../types/genesis.ts";

/** Characters of the chain context that make CometBFT's chain id, whose length is limited to 50. */
const COMET_CHAIN_ID_LENGTH = 50;

/**
 * The chain context: hash of the document's canonical CBOR, 64 hex characters. It separates the signatures of this
 * chain from those of every other (facts/formats.md 3.1).
 */
export function chainContext(document: Document): string {
  return toHex(hashOf(Document, document));
}

/** Chain id in block headers, votes and the CometBFT handshake. */
export function cometChainId(context: string): string {
  return context.slice(0, COMET_CHAIN_ID_LENGTH);
}
