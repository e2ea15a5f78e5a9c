import { connect } from "node:tls";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { equal, toBase64 } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { CodecError, QanatError } from "../../codec/errors.ts";
import type { TlsCertificate } from "../../crypto/certificate.ts";
import { encodePem } from "../../crypto/pem.ts";
import { verifyCertificate } from "../../crypto/verify-certificate.ts";
import type { ConsensusAddress } from "../../types/address.ts";
import { joinHostPort } from "../../types/ip.ts";
import { ApiClient } from "../client.ts";

/** A sentry's control service, and the TLS key by which it is known. */
export interface SentryEndpoint {
  readonly publicKey: PublicKey;
  readonly host: string;
  readonly port: number;
}

export interface AskSentryDeps {
  /** What we show to the sentry: it knows us by its key. */
  readonly certificate: TlsCertificate;
  readonly signal: AbortSignal;
}

/** How long a sentry has for its certificate, and for its answer. */
const TIMEOUT_MS = 10_000;
/** Addresses that are taken from one sentry: a descriptor with more would not be accepted. */
const MAX_ADDRESSES = 16;

/**
 * Asks a sentry for the addresses at which it takes consensus peers.
 * @throws QanatError with a reason for people: `sentry/unreachable`, `sentry/identity`, `sentry/refused`
 */
export async function askSentry(
  sentry: SentryEndpoint,
  { certificate, signal }: AskSentryDeps,
): Promise<ConsensusAddress[]> {
  const shown = await fetchCertificate(sentry, signal);
  requireKey(sentry, shown);
  const client = new ApiClient(
    { kind: "tcp", host: sentry.host, port: sentry.port },
    securedBy(shown, certificate),
  );
  try {
    const answer = await client.call("Sentry", "GetAddresses", null, { signal, timeoutMs: TIMEOUT_MS });
    return (answer.consensus ?? []).slice(0, MAX_ADDRESSES);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new QanatError(
      "sentry/refused",
      `the sentry at ${place(sentry)} refuses: ${reason}`,
      {},
      { cause },
    );
  } finally {
    client.close();
  }
}

/** Nobody vouches for a node's certificate: the one that was checked is the only one that the connection takes. */
function securedBy(shown: Uint8Array, own: TlsCertificate): ChannelCredentials {
  return credentials.createSsl(
    Buffer.from(encodePem("CERTIFICATE", shown)),
    Buffer.from(own.keyPem),
    Buffer.from(own.certificatePem),
    { checkServerIdentity: () => undefined },
  );
}

function requireKey(sentry: SentryEndpoint, der: Uint8Array): void {
  try {
    const key = verifyCertificate(der, new Date());
    if (equal(key, sentry.publicKey)) return;
    throw new CodecError(`its TLS key is ${toBase64(key)}`);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    const message = `who answers at ${place(sentry)} is not the sentry that the configuration names: ${cause.reason}`;
    throw new QanatError("sentry/identity", message, {}, { cause });
  }
}

function fetchCertificate(sentry: SentryEndpoint, signal: AbortSignal): Promise<Uint8Array> {
  const { host, port } = sentry;
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      socket.destroy();
      const message = `the sentry at ${place(sentry)} cannot be reached: ${reason}`;
      reject(signal.aborted ? signal.reason : new QanatError("sentry/unreachable", message));
    };
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) fail("it shows no certificate");
      else resolve(new Uint8Array(certificate.raw));
    });
    const stop = () => fail("the node is stopping");
    signal.addEventListener("abort", stop, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", stop));
    socket.once("error", ({ message }) => fail(message));
    socket.setTimeout(TIMEOUT_MS, () => fail("it does not answer"));
  });
}

function place({ host, port }: SentryEndpoint): string {
  return joinHostPort(host, port);
}
