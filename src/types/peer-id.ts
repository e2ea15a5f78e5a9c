import { base58 } from "@scure/base";
import { bytes, type Codec, withText } from "../codec/schema.ts";
import { orMalformed } from "./text-form.ts";

/** libp2p peer id: its multihash in CBOR, base58 in JSON. */
export const PeerID: Codec<Uint8Array | null> = withText(
  bytes,
  (id) => base58.encode(id ?? new Uint8Array()),
  orMalformed(parsePeerId, "a base58 peer id"),
);
export type PeerID = Uint8Array | null;

function parsePeerId(text: string): Uint8Array | null {
  try {
    return base58.decode(text);
  } catch {
    return null;
  }
}
