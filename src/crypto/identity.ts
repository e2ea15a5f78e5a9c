import { existsSync } from "node:fs";
import { join } from "node:path";
import { CodecError } from "../codec/errors.ts";
import { createCertificate, NODE_COMMON_NAME, signerFromKeyPem, type TlsCertificate } from "./certificate.ts";
import { writeFileDurably } from "./durable-file.ts";
import {
  createSigner,
  ensurePublicKeyFile,
  KeyFileError,
  loadOrCreateEntropy,
  loadSigner,
  readPrivateText,
} from "./key-file.ts";
import { makeFolder } from "./make-folder.ts";
import { MemorySigner } from "./memory-signer.ts";

/** Every key that a node has, and its certificates. */
export interface NodeIdentity {
  readonly node: MemorySigner;
  readonly p2p: MemorySigner;
  readonly consensus: MemorySigner;
  readonly vrf: MemorySigner;
  readonly tls: MemorySigner;
  /** Fixed random bytes that belong to the p2p key. */
  readonly p2pEntropy: Uint8Array;
  readonly tlsCertificate: TlsCertificate;
  /** What the node shows to the control service of its sentries. */
  readonly sentryClientCertificate: TlsCertificate;
}

export interface IdentityOptions {
  readonly dataDir: string;
  /** Certificates are made anew at each start; they are valid around this moment. */
  readonly now: Date;
}

/** File names in the data directory (facts/formats.md 2.7), the same as the official node's. */
export const identityFiles = {
  node: "identity",
  p2p: "p2p",
  consensus: "consensus",
  vrf: "vrf",
  tls: "tls_identity",
  sentryClient: "sentry_client_tls_identity",
  p2pEntropy: "p2p_entropy",
  entity: "entity",
} as const;

/** Loads the identity in a data directory, making the directory and whatever file is missing. @throws KeyFileError */
export function loadOrCreateIdentity({ dataDir, now }: IdentityOptions): NodeIdentity {
  makeFolder(dataDir);
  return assemble(dataDir, now, true);
}

/** Loads the identity in a data directory. @throws KeyFileError when one of its four keys is missing */
export function loadIdentity({ dataDir, now }: IdentityOptions): NodeIdentity {
  return assemble(dataDir, now, false);
}

/** Path of a key file, private half. */
export function privateKeyPath(
  dataDir: string,
  name: (typeof identityFiles)[keyof typeof identityFiles],
): string {
  return join(dataDir, `${name}.pem`);
}

function assemble(dataDir: string, now: Date, create: boolean): NodeIdentity {
  const signerOf = (name: "identity" | "p2p" | "consensus" | "vrf"): MemorySigner => {
    const path = privateKeyPath(dataDir, name);
    const publicPath = join(dataDir, `${name}_pub.pem`);
    if (create && !existsSync(path) && existsSync(publicPath)) {
      // A new key beside the old public half would be another identity: somebody has to decide.
      throw new KeyFileError(
        "missing",
        path,
        `no such key file, but ${publicPath} is there; restore one or remove the other`,
      );
    }
    const signer = create && !existsSync(path) ? createSigner(path) : loadSigner(path);
    ensurePublicKeyFile(publicPath, signer.publicKey);
    return signer;
  };
  const tls = tlsSigner(privateKeyPath(dataDir, identityFiles.tls));
  const sentryClient = tlsSigner(privateKeyPath(dataDir, identityFiles.sentryClient));
  return {
    node: signerOf("identity"),
    p2p: signerOf("p2p"),
    consensus: signerOf("consensus"),
    vrf: signerOf("vrf"),
    tls,
    p2pEntropy: loadOrCreateEntropy(privateKeyPath(dataDir, identityFiles.p2pEntropy)),
    tlsCertificate: saveCertificate(
      dataDir,
      identityFiles.tls,
      createCertificate(tls, NODE_COMMON_NAME, now),
    ),
    sentryClientCertificate: saveCertificate(
      dataDir,
      identityFiles.sentryClient,
      createCertificate(sentryClient, NODE_COMMON_NAME, now),
    ),
  };
}

/** A broken TLS key is an error, not replaced: the node's registered descriptor names it. */
function tlsSigner(path: string): MemorySigner {
  if (!existsSync(path)) return MemorySigner.generate();
  const text = readPrivateText(path);
  try {
    return signerFromKeyPem(text);
  } catch (error) {
    throw error instanceof CodecError ? new KeyFileError("malformed", path, error.message) : error;
  }
}

function saveCertificate(dataDir: string, name: string, certificate: TlsCertificate): TlsCertificate {
  const keyPath = join(dataDir, `${name}.pem`);
  if (!existsSync(keyPath)) writeFileDurably(keyPath, certificate.keyPem, 0o600);
  writeFileDurably(join(dataDir, `${name}_cert.pem`), certificate.certificatePem, 0o644);
  return certificate;
}
