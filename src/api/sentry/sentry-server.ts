import { equal, toBase64 } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { TlsCertificate } from "../../crypto/certificate.ts";
import { verifyCertificate } from "../../crypto/verify-certificate.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ConsensusAddress } from "../../types/address.ts";
import type { NodeBackend } from "../backend.ts";
import { ApiServer } from "../server.ts";

export interface SentryServerOptions {
  /** Where to listen; port 0: the system chooses. */
  readonly host: string;
  readonly port: number;
  /** The node's TLS certificate. */
  readonly certificate: TlsCertificate;
  /** Keys of the nodes behind the sentry: of their certificates for sentries. */
  readonly authorizedKeys: readonly PublicKey[];
}

export interface SentryServerDeps {
  /** Where the sentry takes consensus peers. */
  addresses(): readonly ConsensusAddress[];
  readonly node: NodeBackend;
  readonly logger: Logger;
}

/**
 * The control service of a sentry: nodes behind it ask for its addresses, which they register instead of their own
 * (oasis-core v26.1 go/worker/sentry, facts/api.md 1.3).
 */
export function createSentryServer(options: SentryServerOptions, deps: SentryServerDeps): ApiServer {
  const { host, port, certificate, authorizedKeys } = options;
  return new ApiServer(
    {
      listeners: [
        {
          address: { kind: "tcp", host, port },
          methods: ["*"],
          web: null,
          tls: {
            certificatePem: certificate.certificatePem,
            keyPem: certificate.keyPem,
            refusal: (der) => refusal(der, authorizedKeys),
          },
        },
      ],
    },
    {
      backends: { node: deps.node },
      handlers: { Sentry: { GetAddresses: () => ({ consensus: [...deps.addresses()] }) } },
      logger: deps.logger,
    },
  );
}

/** In the words of the official node. @throws CodecError for a certificate that is none of a node */
function refusal(der: Uint8Array | null, authorized: readonly PublicKey[]): string | null {
  if (der === null) return "tls: expecting a single certificate (got: 0)";
  const key = verifyCertificate(der, new Date());
  if (authorized.some((known) => equal(known, key))) return null;
  return `tls: bad public key (${toBase64(key)})`;
}
