import type { Ed25519PrivateKey, Ed25519PublicKey } from "@libp2p/interface";
import type { PublicKey, RawSignature } from "../../../codec/common-types.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { type Signer, verify } from "../../../crypto/signature.ts";
import type { Library } from "./library.ts";

const SIGNATURE_LENGTH = 64;

/** What libp2p passes for bytes: an array, or a list of arrays that can be asked for one. */
interface Bytes {
  subarray(): Uint8Array;
}

/**
 * The node's P2P key as libp2p wants it.
 *
 * What libp2p signs is signed under a context of this network: its Ed25519 signatures are of a digest, not of the bytes
 * (facts/runtime.md gotcha 1; oasis-core v26.1 go/p2p/api/crypto.go).
 */
export function hostKey(signer: Signer, { publicKeyFromRaw }: Library): Ed25519PrivateKey {
  const publicKey = publicKeyFromRaw(signer.publicKey) as Ed25519PublicKey;
  return {
    type: "Ed25519",
    publicKey,
    // The secret stays with the signer; nothing in libp2p that we use asks for it.
    raw: new Uint8Array(),
    equals: (other) => other?.publicKey !== undefined && publicKey.equals(other.publicKey),
    sign: (data: Bytes) => signer.sign(contexts.libp2p, data.subarray()),
  };
}

/**
 * Makes libp2p verify Ed25519 signatures as this network makes them.
 *
 * Handshakes, peer records and published messages all come down to the `verify` of a public key that the library makes
 * itself from bytes, and it offers no other place to say how. It is replaced for the whole process, which has no other
 * use for libp2p; the official node replaces the same function of its library. Doing it again changes nothing.
 */
export function useNetworkSignatures({ publicKeyFromRaw }: Library, sample: PublicKey): void {
  const ofEd25519Keys = Object.getPrototypeOf(publicKeyFromRaw(sample)) as {
    verify(this: { readonly raw: Uint8Array }, data: Bytes, signature: Uint8Array): boolean;
  };
  ofEd25519Keys.verify = function (data, signature) {
    return (
      signature.length === SIGNATURE_LENGTH &&
      verify(contexts.libp2p, this.raw as PublicKey, data.subarray(), signature as RawSignature)
    );
  };
}
