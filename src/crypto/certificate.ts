import { concat, fromHex, startsWith } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";
import { der } from "./der.ts";
import { MemorySigner, SEED_LENGTH } from "./memory-signer.ts";
import { decodePem, encodePem } from "./pem.ts";

/** A TLS certificate with its private key, in the forms that TLS stacks and files take. */
export interface TlsCertificate {
  readonly der: Uint8Array;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Subject of the certificates of nodes. */
export const NODE_COMMON_NAME = "oasis-node";

const ONE_HOUR_MS = 3_600_000;
const ED25519 = der.sequence(der.objectId("1.3.101.112"));
const COMMON_NAME = der.objectId("2.5.4.3");
/** digitalSignature, keyEncipherment, keyCertSign. */
const KEY_USAGE = der.sequence(der.objectId("2.5.29.15"), der.true, der.octets(der.bits(fromHex("a4"), 2)));
/** serverAuth, clientAuth. */
const EXTENDED_KEY_USAGE = der.sequence(
  der.objectId("2.5.29.37"),
  der.octets(der.sequence(der.objectId("1.3.6.1.5.5.7.3.1"), der.objectId("1.3.6.1.5.5.7.3.2"))),
);
const PKCS8_HEAD = fromHex("302e020100300506032b657004220420");

/**
 * Self-signed certificate of the network's template (facts/api.md 1.2): peers compare every field but the times, so
 * nothing may be added. Valid from an hour before `now` for a calendar year after it.
 *
 * @param commonName letters, digits and `-` only
 */
export function createCertificate(signer: MemorySigner, commonName: string, now: Date): TlsCertificate {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + 1);
  const notBefore = new Date(now.getTime() - ONE_HOUR_MS);
  const body = certificateBody({ publicKey: signer.publicKey, commonName, notBefore, notAfter });
  const certificate = signedCertificate(body, signer.signRaw(body));
  return {
    der: certificate,
    certificatePem: encodePem("CERTIFICATE", certificate),
    keyPem: encodePem("PRIVATE KEY", concat(PKCS8_HEAD, signer.exportSeed())),
  };
}

/** What is signed of a certificate of the template. */
export function certificateBody({
  publicKey,
  commonName,
  notBefore,
  notAfter,
}: {
  publicKey: Uint8Array;
  commonName: string;
  notBefore: Date;
  notAfter: Date;
}): Uint8Array {
  const name = der.sequence(der.set(der.sequence(COMMON_NAME, der.printable(commonName))));
  return der.sequence(
    der.explicit(0, der.integer(2)),
    der.integer(1),
    ED25519,
    name,
    der.sequence(der.time(notBefore), der.time(notAfter)),
    name,
    der.sequence(ED25519, der.bits(publicKey)),
    der.explicit(3, der.sequence(KEY_USAGE, EXTENDED_KEY_USAGE)),
  );
}

/** A certificate of its body and the signature over it. */
export function signedCertificate(body: Uint8Array, signature: Uint8Array): Uint8Array {
  return der.sequence(body, ED25519, der.bits(signature));
}

/** Signer of a PKCS#8 Ed25519 key. @throws CodecError */
export function signerFromKeyPem(text: string): MemorySigner {
  const content = decodePem("PRIVATE KEY", text);
  if (content.length !== PKCS8_HEAD.length + SEED_LENGTH || !startsWith(content, PKCS8_HEAD)) {
    throw new CodecError("not a PKCS#8 Ed25519 private key");
  }
  return MemorySigner.fromSeed(content.subarray(PKCS8_HEAD.length));
}
