import { ADDRESS_LENGTH, addressText } from "./address.ts";
import type { Codec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { fixedBytes } from "./fixed-bytes.ts";

declare const kind: unique symbol;

/**
 * Bytes of one kind. Plain bytes may be given where a kind is wanted, so literals need no cast, but one kind is not
 * taken for another.
 */
export type BytesOf<Kind extends string> = Uint8Array & { readonly [kind]?: Kind };

/** SHA-512/256, 32 bytes. */
export type Hash = BytesOf<"Hash">;
/** ParaTime (runtime) id, 32 bytes, the first eight of them flags. */
export type Namespace = BytesOf<"Namespace">;
/** Ed25519 public key, 32 bytes. */
export type PublicKey = BytesOf<"PublicKey">;
/** Ed25519 signature, 64 bytes. */
export type RawSignature = BytesOf<"RawSignature">;
/** Account address: a version byte and 20 bytes of hash. */
export type Address = BytesOf<"Address">;
/** X25519 public key, 32 bytes. */
export type X25519Key = BytesOf<"X25519Key">;
/** VRF proof, 80 bytes. */
export type VrfProof = BytesOf<"VrfProof">;

export const HASH_LENGTH = 32;
export const NAMESPACE_LENGTH = 32;
export const PUBLIC_KEY_LENGTH = 32;
export const SIGNATURE_LENGTH = 64;
export const VRF_PROOF_LENGTH = 80;

/** First byte of a test ParaTime's id. */
const TEST_FLAG = 0x80;
/** First byte flag of a key manager ParaTime's id. */
const KEY_MANAGER_FLAG = 0x40;

export const hash: Codec<Hash> = fixedBytes<Hash>("hash", HASH_LENGTH, "hex");
export const namespace: Codec<Namespace> = fixedBytes<Namespace>("namespace", NAMESPACE_LENGTH, "hex", {
  check: checkNamespace,
});
export const publicKey: Codec<PublicKey> = fixedBytes<PublicKey>("public key", PUBLIC_KEY_LENGTH, "base64");
export const rawSignature: Codec<RawSignature> = fixedBytes<RawSignature>(
  "signature",
  SIGNATURE_LENGTH,
  "base64",
);
export const address: Codec<Address> = fixedBytes<Address>("address", ADDRESS_LENGTH, addressText);
/** Go array without a decoder of its own: any length is taken, cut or filled with zeros (formats.md gotcha 16). */
export const x25519Key: Codec<X25519Key> = fixedBytes<X25519Key>("X25519 key", 32, "base64", {
  anyLength: true,
});
export const vrfProof: Codec<VrfProof> = fixedBytes<VrfProof>("VRF proof", VRF_PROOF_LENGTH, "base64");

/** Whether the id says it is for a test ParaTime. */
export function isTestNamespace(id: Namespace): boolean {
  return (id[0]! & TEST_FLAG) !== 0;
}

/** Whether the id says it is for a key manager ParaTime. */
export function isKeyManagerNamespace(id: Namespace): boolean {
  return (id[0]! & KEY_MANAGER_FLAG) !== 0;
}

/** @throws CodecError when a reserved flag bit is set */
function checkNamespace(id: Namespace): void {
  let reserved = id[0]! & ~(TEST_FLAG | KEY_MANAGER_FLAG);
  for (let i = 1; i < 8; i++) reserved |= id[i]!;
  if (reserved !== 0) throw new CodecError("namespace has reserved flags set");
}
