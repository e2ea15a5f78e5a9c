import { toBase64, toHex } from "../../../codec/bytes.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { signerFromKeyPem } from "../../../crypto/certificate.ts";
import { sha256 } from "../../../crypto/hash.ts";
import type { NodeIdentity } from "../../../crypto/identity.ts";
import { type Command, defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { verboseOption } from "../../options/common.ts";
import { datadirInput, datadirOptions, identityIn } from "../../options/datadir.ts";

export const identityShowTlsPubkey = showKey("show-tls-pubkey", "print the node's TLS key", (identity) =>
  toBase64(identity.tls.publicKey),
);

export const identityShowSentryClientPubkey = showKey(
  "show-sentry-client-pubkey",
  "print the key that the node shows to its sentries",
  (identity) => toBase64(signerFromKeyPem(identity.sentryClientCertificate.keyPem).publicKey),
);

/** The group is called `tendermint` by 21.x and `cometbft` by 26.1; both are understood. */
type CometGroup = "tendermint" | "cometbft";

export function identityShowNodeAddress(group: CometGroup): Command {
  return showKey(`${group} show-node-address`, "print the node's P2P address (CometBFT)", (identity) =>
    cometAddress(identity.p2p.publicKey),
  );
}

export function identityShowConsensusAddress(group: CometGroup): Command {
  return showKey(
    `${group} show-consensus-address`,
    "print the validator's consensus address (CometBFT)",
    (identity) => cometAddress(identity.consensus.publicKey),
  );
}

function showKey(name: string, summary: string, textOf: (identity: NodeIdentity) => string): Command {
  return defineCommand<string>({
    path: `identity ${name}`,
    summary,
    options: [...datadirOptions, verboseOption],
    resolve: datadirInput,
    run: async (dataDir, io) => {
      io.out(`${textOf(identityIn(dataDir))}\n`);
      return exitCode.ok;
    },
  });
}

/** Address of a key in CometBFT: the first 20 bytes of its SHA-256, in upper-case hex. */
function cometAddress(key: PublicKey): string {
  return toHex(sha256(key).subarray(0, 20)).toUpperCase();
}
