import type { PublicKey, RawSignature } from "../codec/common-types.ts";
import type { Blacklist } from "./blacklist.ts";
import { completeContext, type SignatureContext } from "./contexts.ts";
import { verifyRaw } from "./ed25519.ts";
import { sha512_256 } from "./hash.ts";
import type { KnownSignatures } from "./known-signatures.ts";

/** A signature with the key that made it, as in `{public_key, signature}` on the wire. */
export interface Signature {
  readonly public_key: PublicKey;
  readonly signature: RawSignature;
}

/** What signs: a key in memory, in a file, or elsewhere. Never prints its secret. */
export interface Signer {
  readonly publicKey: PublicKey;
  /** Signature of a message under a context. */
  sign(context: SignatureContext, message: Uint8Array): RawSignature;
  /** Plain Ed25519 signature of the bytes as they are. */
  signRaw(message: Uint8Array): RawSignature;
}

/** That a key signed a message under a context: true or not. */
export interface SignatureClaim {
  readonly context: SignatureContext;
  readonly publicKey: PublicKey;
  readonly message: Uint8Array;
  readonly signature: RawSignature;
}

export interface VerifyOptions {
  /** Keys whose signatures never count. */
  readonly blacklist?: Blacklist;
  /** Where it is looked up whether a signature was verified before, and noted that it was. Changes no answer. */
  readonly known?: KnownSignatures;
}

/** The 32 bytes that are really signed for a message under a context. */
export function signedDigest(context: SignatureContext, message: Uint8Array): Uint8Array {
  return sha512_256(completeContext(context), message);
}

export function verify(
  context: SignatureContext,
  publicKey: PublicKey,
  message: Uint8Array,
  signature: RawSignature,
  options: VerifyOptions = {},
): boolean {
  if (options.blacklist?.has(publicKey)) return false;
  return verifyDigest(publicKey, signedDigest(context, message), signature, options.known);
}

/** Whether the signature of a digest holds, which for one that is known need not be found out again. */
export function verifyDigest(
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
  known?: KnownSignatures,
): boolean {
  if (known?.has(publicKey, digest, signature)) return true;
  if (!verifyRaw(publicKey, digest, signature)) return false;
  known?.add(publicKey, digest, signature);
  return true;
}

/** Whether every signature is a valid one of the message. No signatures at all are not valid. */
export function verifyAll(
  context: SignatureContext,
  message: Uint8Array,
  signatures: readonly Signature[],
  options: VerifyOptions = {},
): boolean {
  if (signatures.length === 0) return false;
  const digest = signedDigest(context, message);
  return signatures.every(
    ({ public_key, signature }) =>
      !options.blacklist?.has(public_key) && verifyDigest(public_key, digest, signature, options.known),
  );
}

export function sign(signer: Signer, context: SignatureContext, message: Uint8Array): Signature {
  return { public_key: signer.publicKey, signature: signer.sign(context, message) };
}
