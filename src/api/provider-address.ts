import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { equal, toBase64 } from "../codec/bytes.ts";
import type { PublicKey } from "../codec/common-types.ts";
import { QanatError } from "../codec/errors.ts";
import { parsePublicKey } from "../types/address.ts";
import { splitHostPort } from "../types/ip.ts";
import { type DialAddress, parseDialAddress } from "./address.ts";

/** A node that is asked over its API, and how it proves who it is. */
export interface ProviderAddress {
  /** As it was written. */
  readonly text: string;
  readonly dial: DialAddress;
  readonly security:
    | { readonly kind: "none" }
    /** By a certificate for its name. */
    | { readonly kind: "authorities" }
    /** By its TLS key. */
    | { readonly kind: "key"; readonly publicKey: PublicKey };
}

/**
 * Reads an address as `consensus.providers` of the official node takes it: `unix:PATH`, `HOST:PORT` (TLS, with a
 * certificate for the name), `PUBLIC-KEY@HOST:PORT` (TLS, with that key); and `http://HOST:PORT` without TLS.
 * @throws QanatError `api/address` for anything else
 */
export function parseProviderAddress(text: string): ProviderAddress {
  if (/^(unix:|http:\/\/)/.test(text))
    return { text, dial: parseDialAddress(text), security: { kind: "none" } };
  const at = text.indexOf("@");
  const place = splitHostPort(text.slice(at + 1));
  const publicKey = at < 0 ? null : parsePublicKey(text.slice(0, at));
  if (place === null || !/^\d{1,5}$/.test(place.port) || (at >= 0 && publicKey === null)) {
    throw new QanatError(
      "api/address",
      `not an address of a node: ${JSON.stringify(text)} (expected unix:PATH, HOST:PORT, KEY@HOST:PORT or http://HOST:PORT)`,
    );
  }
  const dial = parseDialAddress(text.slice(at + 1));
  return publicKey === null
    ? { text, dial, security: { kind: "authorities" } }
    : { text, dial, security: { kind: "key", publicKey } };
}

/** How long a node has for its certificate. */
const CERTIFICATE_TIMEOUT_MS = 5000;

/**
 * What a connection to the node is secured with. Where the node is known by its key its certificate is fetched first:
 * it is then the only one that is accepted.
 * @throws QanatError `api/identity` when the node has another key, `api/unreachable` when it has no certificate
 */
export async function providerCredentials({
  text,
  dial,
  security,
}: ProviderAddress): Promise<ChannelCredentials> {
  if (security.kind === "none" || dial.kind === "unix") return credentials.createInsecure();
  if (security.kind === "authorities") return credentials.createSsl();
  const certificate = await fetchCertificate(text, dial.host, dial.port);
  const key = publicKeyOf(certificate);
  if (key === null || !equal(key, security.publicKey)) {
    throw new QanatError(
      "api/identity",
      `${text} has another key: ${key === null ? "none of Ed25519" : toBase64(key)}`,
    );
  }
  return credentials.createSsl(Buffer.from(certificate.toString()), null, null, {
    checkServerIdentity: () => undefined,
  });
}

function fetchCertificate(text: string, host: string, port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      socket.destroy();
      reject(new QanatError("api/unreachable", `no certificate from ${text}: ${reason}`));
    };
    // Whose certificate it is, is found out from its key.
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(new X509Certificate(raw));
    });
    socket.once("error", ({ message }) => fail(message));
    socket.setTimeout(CERTIFICATE_TIMEOUT_MS, () => fail("it does not answer"));
  });
}

/** Length of an Ed25519 key, with which its DER form ends. */
const KEY_LENGTH = 32;

function publicKeyOf({ publicKey }: X509Certificate): Uint8Array | null {
  if (publicKey.asymmetricKeyType !== "ed25519") return null;
  const der = publicKey.export({ type: "spki", format: "der" });
  return new Uint8Array(der.subarray(der.length - KEY_LENGTH));
}
