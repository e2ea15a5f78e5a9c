import { type Codec, decode, encode } from "../codec/codec.ts";
import { CodedError } from "../codec/errors.ts";
import type { SignatureContext } from "./contexts.ts";
import { type Signature, type Signer, sign, type VerifyOptions, verify, verifyAll } from "./signature.ts";

/** A value's encoding with one signature; null bytes are nil on the wire. */
export interface Signed {
  untrusted_raw_value: Uint8Array | null;
  signature: Signature;
}

/** A value's encoding with any number of signatures. */
export interface MultiSigned {
  untrusted_raw_value: Uint8Array | null;
  signatures: Signature[] | null;
}

const NOTHING = new Uint8Array(0);

/** What opening reports when a signature does not verify; it has no pair of its own on the wire. */
export class SignatureError extends CodedError {
  constructor() {
    super("unknown", 1, "signed: signature verification failed");
    this.name = "SignatureError";
  }
}

/**
 * Value inside, after verification over the raw bytes.
 *
 * @throws SignatureError or, when the bytes inside do not decode, CodecError
 */
export function openSigned<T>(
  codec: Codec<T>,
  context: SignatureContext,
  signed: Signed,
  options?: VerifyOptions,
): T {
  const { untrusted_raw_value: blob, signature } = signed;
  if (!verify(context, signature.public_key, blob ?? NOTHING, signature.signature, options))
    throw new SignatureError();
  return decode(codec, blob);
}

/** Value inside, after verification of every signature, of which there must be one. Throws as `openSigned` does. */
export function openMultiSigned<T>(
  codec: Codec<T>,
  context: SignatureContext,
  signed: MultiSigned,
  options?: VerifyOptions,
): T {
  const { untrusted_raw_value: blob, signatures } = signed;
  if (!verifyAll(context, blob ?? NOTHING, signatures ?? [], options)) throw new SignatureError();
  return decode(codec, blob);
}

export function signSigned<T>(codec: Codec<T>, value: T, context: SignatureContext, signer: Signer): Signed {
  const blob = encode(codec, value);
  return { untrusted_raw_value: blob, signature: sign(signer, context, blob) };
}

/** Signatures come in the order of the signers. */
export function signMultiSigned<T>(
  codec: Codec<T>,
  value: T,
  context: SignatureContext,
  signers: readonly Signer[],
): MultiSigned {
  const blob = encode(codec, value);
  return { untrusted_raw_value: blob, signatures: signers.map((signer) => sign(signer, context, blob)) };
}
