import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { concat, utf8 } from "../../src/codec/bytes.ts";
import { encodePem } from "../../src/crypto/pem.ts";
import { der } from "./encode-der.ts";

/** Certificates as Intel makes them, of keys that a test has: what verifies them need not know the difference. */

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function p256KeyPair(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

export function rsaKeyPair(): KeyPair {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** Coordinates of a P-256 key. */
export function coordinates({ publicKey }: KeyPair): Uint8Array {
  return new Uint8Array(publicKey.export({ type: "spki", format: "der" })).slice(-64);
}

/** r and s of an ECDSA signature. */
export function signP256({ privateKey }: KeyPair, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }));
}

export interface CertificateParts {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyPair;
  readonly issuerKey: KeyPair;
  /** Unix seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Uint8Array[];
  /** As in the encoding: 2 is version 3. */
  readonly version?: number;
}

const ECDSA_SHA256 = der.sequence(der.objectId("1.2.840.10045.4.3.2"));
const RSA_SHA256 = der.sequence(der.objectId("1.2.840.113549.1.1.11"), der.item(0x05, new Uint8Array(0)));

export function certificate(parts: CertificateParts): Uint8Array {
  const { key, issuerKey } = parts;
  const isRsa = issuerKey.privateKey.asymmetricKeyType === "rsa";
  const algorithm = isRsa ? RSA_SHA256 : ECDSA_SHA256;
  const version = parts.version ?? 2;
  const body = der.sequence(
    version === 0 ? new Uint8Array(0) : der.explicit(0, der.integer(BigInt(version))),
    der.integer(0x1234n),
    algorithm,
    name(parts.issuer),
    der.sequence(der.time(parts.notBefore), der.time(parts.notAfter)),
    name(parts.subject),
    new Uint8Array(key.publicKey.export({ type: "spki", format: "der" })),
    version === 2 && parts.extensions.length > 0
      ? der.explicit(3, der.sequence(...parts.extensions))
      : new Uint8Array(0),
  );
  const signature = new Uint8Array(sign("sha256", body, issuerKey.privateKey));
  return der.sequence(body, algorithm, der.bits(signature));
}

function name(commonName: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.objectId("2.5.4.3"), der.text(commonName))));
}

export function extension(id: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  return der.sequence(
    der.objectId(id),
    isCritical ? der.boolean(true) : new Uint8Array(0),
    der.octets(value),
  );
}

/** Basic constraints of an authority; of a leaf without a path length. */
export function basicConstraints(isCa: boolean, pathLength: number | null): Uint8Array {
  const fields = [
    ...(isCa ? [der.boolean(true)] : []),
    ...(pathLength === null ? [] : [der.integer(BigInt(pathLength))]),
  ];
  return extension("2.5.29.19", true, der.sequence(...fields));
}

/** Key usage by its first byte: 0x06 certificates and revocation lists, 0xc0 signatures. */
export function keyUsage(byte: number): Uint8Array {
  let unused = 0;
  while (byte !== 0 && (byte & (1 << unused)) === 0) unused++;
  return extension("2.5.29.15", true, der.bits(Uint8Array.of(byte), unused));
}

export interface PckFacts {
  readonly fmspc: Uint8Array;
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
}

const SGX = "1.2.840.113741.1.13.1";

/** The extension of a platform's certificate that says what it is. */
export function sgxExtension({ fmspc, componentSvns, pceSvn }: PckFacts): Uint8Array {
  const pair = (id: string, value: Uint8Array) => der.sequence(der.objectId(id), value);
  const tcb = [
    ...componentSvns.map((svn, i) => pair(`${SGX}.2.${i + 1}`, der.integer(BigInt(svn)))),
    pair(`${SGX}.2.17`, der.integer(BigInt(pceSvn))),
    pair(`${SGX}.2.18`, der.octets(new Uint8Array(16))),
  ];
  return extension(
    SGX,
    false,
    der.sequence(
      pair(`${SGX}.1`, der.octets(new Uint8Array(16))),
      pair(`${SGX}.2`, der.sequence(...tcb)),
      pair(`${SGX}.3`, der.octets(new Uint8Array(2))),
      pair(`${SGX}.4`, der.octets(fmspc)),
      pair(`${SGX}.5`, der.item(0x0a, Uint8Array.of(1))),
    ),
  );
}

export function pemChain(...certificates: readonly Uint8Array[]): Uint8Array {
  return concat(...certificates.map((each) => utf8(encodePem("CERTIFICATE", each))));
}
