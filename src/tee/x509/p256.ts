import { createPublicKey, type KeyObject } from "node:crypto";
import { concat, fromHex } from "../../codec/bytes.ts";
import { QuoteError } from "../quote-error.ts";
import { DerReader, tags } from "./der-reader.ts";
import { verifySha256 } from "./verify-sha256.ts";

/** Length of a signature as quotes and collateral have it: r and s, 32 bytes big-endian each. */
export const P256_SIGNATURE_LENGTH = 64;
/** Length of a key as quotes have it: x and y, 32 bytes big-endian each. */
export const P256_KEY_LENGTH = 64;

const SCALAR_LENGTH = 32;
/** SubjectPublicKeyInfo of a P-256 key up to the coordinates: uncompressed point. */
const KEY_HEAD = fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

/** Public key of its coordinates. @throws QuoteError when they are no point of the curve */
export function p256Key(coordinates: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(concat(KEY_HEAD, coordinates)), format: "der", type: "spki" });
  } catch (cause) {
    throw new QuoteError("invalid P-256 public key", { cause });
  }
}

/** Whether r and s are an ECDSA signature of the message's SHA-256. */
export function verifyP256(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return false;
  return verifySha256({ key, dsaEncoding: "ieee-p1363" }, message, signature);
}

/** r and s of a signature as certificates have it; null when it is none of this curve. */
export function ecdsaFromDer(der: Uint8Array): Uint8Array | null {
  try {
    const outer = new DerReader(der);
    const parts = outer.inside(tags.sequence);
    const out = new Uint8Array(P256_SIGNATURE_LENGTH);
    for (const end of [SCALAR_LENGTH, P256_SIGNATURE_LENGTH]) {
      const scalar = positive(parts.content(tags.integer));
      if (scalar === null) return null;
      out.set(scalar, end - scalar.length);
    }
    return outer.isEmpty && parts.isEmpty ? out : null;
  } catch (error) {
    if (error instanceof QuoteError) return null;
    throw error;
  }
}

/** Bytes of an integer's content without the sign; null unless it is positive, in its shortest form and of 32 bytes at most. */
function positive(content: Uint8Array): Uint8Array | null {
  const [first, second = 0] = content;
  if (first === undefined || first >= 0x80) return null;
  if (first === 0 && content.length > 1 && second < 0x80) return null;
  const scalar = first === 0 && content.length > 1 ? content.subarray(1) : content;
  return scalar.length > SCALAR_LENGTH ? null : scalar;
}
