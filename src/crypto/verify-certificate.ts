import { X509Certificate } from "node:crypto";
import { equal } from "../codec/bytes.ts";
import { PUBLIC_KEY_LENGTH, type PublicKey } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import { certificateBody, NODE_COMMON_NAME, signedCertificate } from "./certificate.ts";
import { verifyRaw } from "./ed25519.ts";

const SIGNATURE_LENGTH = 64;
/** Longest certificate that is looked at: one of the template has less than 300 bytes. */
const MAX_CERTIFICATE_BYTES = 4096;

/**
 * Checks that a peer's TLS certificate is a valid one of the network's template (facts/api.md 1.2), and gives its key.
 * Nobody but the key itself vouches for it: whether the key is allowed is for the caller to decide.
 * @throws CodecError with what is wrong
 */
export function verifyCertificate(
  der: Uint8Array,
  now: Date,
  commonName: string = NODE_COMMON_NAME,
): PublicKey {
  const { publicKey, notBefore, notAfter } = readCertificate(der);
  if (now < notBefore || now > notAfter) {
    throw new CodecError(
      `the certificate is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()} only`,
    );
  }
  // Every field but the times and the key is given, so the whole body is.
  const body = certificateBody({ publicKey, commonName, notBefore, notAfter });
  const signature = der.subarray(-SIGNATURE_LENGTH);
  if (!equal(signedCertificate(body, signature), der)) {
    throw new CodecError("the certificate is not of the form that nodes have");
  }
  if (!verifyRaw(publicKey, body, signature)) throw new CodecError("the certificate is not validly signed");
  return publicKey;
}

function readCertificate(der: Uint8Array): { publicKey: PublicKey; notBefore: Date; notAfter: Date } {
  if (der.length > MAX_CERTIFICATE_BYTES) throw new CodecError("the certificate is too long");
  try {
    const { publicKey: key, validFromDate: notBefore, validToDate: notAfter } = new X509Certificate(der);
    if (key.asymmetricKeyType !== "ed25519") throw new CodecError("the certificate has no Ed25519 key");
    if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) {
      throw new CodecError("the certificate has no proper times");
    }
    const spki = key.export({ type: "spki", format: "der" });
    return { publicKey: new Uint8Array(spki.subarray(-PUBLIC_KEY_LENGTH)), notBefore, notAfter };
  } catch (cause) {
    if (cause instanceof CodecError) throw cause;
    throw new CodecError("the certificate cannot be read", "", { cause });
  }
}
