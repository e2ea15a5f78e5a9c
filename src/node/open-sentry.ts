import type { NodeBackend } from "../api/backend.ts";
import { askSentry } from "../api/sentry/ask-sentry.ts";
import { createSentryServer } from "../api/sentry/sentry-server.ts";
import type { ApiServer } from "../api/server.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import type { Logging } from "../telemetry/logger.ts";
import { joinHostPort } from "../types/ip.ts";
import type { Sentry } from "../workers/registration/sentry-addresses.ts";
import type { NodeOptions } from "./node-options.ts";

/** Every address of this machine, as the official node listens. */
const ANY_HOST = "0.0.0.0";

/** The control service for the nodes behind this one; null when it is no sentry. */
export function openSentryServer(
  { sentryControl, consensusAddresses }: NodeOptions,
  { identity, node, logging }: { identity: NodeIdentity; node: NodeBackend; logging: Logging },
): ApiServer | null {
  if (sentryControl === null) return null;
  return createSentryServer(
    { host: ANY_HOST, ...sentryControl, certificate: identity.tlsCertificate },
    {
      addresses: () => consensusAddresses.map((address) => ({ id: identity.p2p.publicKey, address })),
      node,
      logger: logging.logger("worker/sentry"),
    },
  );
}

/** The sentries in front of this node. */
export function sentriesOf({ sentries }: NodeOptions, identity: NodeIdentity): Sentry[] {
  return sentries.map((sentry) => ({
    name: joinHostPort(sentry.host, sentry.port),
    addresses: (signal) => askSentry(sentry, { certificate: identity.sentryClientCertificate, signal }),
  }));
}
