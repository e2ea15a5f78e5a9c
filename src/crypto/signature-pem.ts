import { PUBLIC_KEY_LENGTH, SIGNATURE_LENGTH } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import { PUBLIC_KEY_PEM } from "./key-file.ts";
import { decodePem, encodePem } from "./pem.ts";
import type { Signature } from "./signature.ts";

const SIGNATURE_PEM = "ED25519 SIGNATURE";

/** A detached signature as a file: the signer's public key, then the signature (facts/classic-cli.md section 5). */
export function encodeSignaturePem({ public_key, signature }: Signature): string {
  return encodePem(PUBLIC_KEY_PEM, public_key) + encodePem(SIGNATURE_PEM, signature);
}

/** @throws CodecError when the text is not one key and one signature */
export function decodeSignaturePem(text: string): Signature {
  const second = text.indexOf("-----BEGIN", text.indexOf("-----END"));
  if (second < 0) throw new CodecError("expected a public key and a signature, two PEM blocks");
  return {
    public_key: ofLength(decodePem(PUBLIC_KEY_PEM, text.slice(0, second)), PUBLIC_KEY_LENGTH),
    signature: ofLength(decodePem(SIGNATURE_PEM, text.slice(second)), SIGNATURE_LENGTH),
  };
}

function ofLength(content: Uint8Array, length: number): Uint8Array {
  if (content.length !== length)
    throw new CodecError(`expected ${length} bytes inside, found ${content.length}`);
  return content;
}
