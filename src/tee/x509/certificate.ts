import { createPublicKey, type KeyObject } from "node:crypto";
import { equal, toLatin1 } from "../../codec/bytes.ts";
import { QuoteError } from "../quote-error.ts";
import { bitStringBytes, DerReader, integerValue, objectIdText, tags } from "./der-reader.ts";

/** What is needed of an X.509 certificate to verify a chain of them. */
export interface Certificate {
  /** All of it, as it was read. */
  readonly raw: Uint8Array;
  /** What its issuer signed. */
  readonly body: Uint8Array;
  /** Dotted identifier of the algorithm that it is signed by. */
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  /** Names in their encoding. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** First and last moment of its validity, Unix nanoseconds. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** Public key in its encoding (SubjectPublicKeyInfo). */
  readonly publicKeyInfo: Uint8Array;
  readonly publicKey: KeyObject;
  readonly version: number;
  /** Values of the extensions by dotted identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Null without basic constraints. */
  readonly basicConstraints: BasicConstraints | null;
  /** First byte of the key usage, bit 0 is the highest; null without the extension. */
  readonly keyUsage: number | null;
}

export interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

export interface BasicConstraints {
  readonly isCa: boolean;
  /** How many certificates may stand between this one and the leaf; null: any number. */
  readonly maxPathLength: number | null;
}

export const extensionIds = {
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
} as const;

const LAST_VERSION = 3;
const NS = 1_000_000_000n;
/** Explicit context tags of a certificate's body: version, extensions; and of the two identifiers nobody uses. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const UNIQUE_IDS = [0x81, 0x82];

/**
 * Reads one certificate. What surrounds the signed body is read as strictly as the network reads it, since anybody may
 * encode it anew; the body's own form is for its issuer to answer for.
 * @throws QuoteError
 */
export function readCertificate(der: Uint8Array): Certificate {
  const outer = new DerReader(der);
  const { raw, content } = outer.item(tags.sequence);
  if (!outer.isEmpty) throw new QuoteError("trailing data after a certificate");
  const parts = new DerReader(content);
  const body = parts.item(tags.sequence);
  const algorithm = parts.content(tags.sequence);
  const fields = readBody(body.content, algorithm);
  const signature = bitStringBytes(parts.content(tags.bitString));
  return { raw, body: body.raw, signature, ...fields };
}

function readBody(content: Uint8Array, outerAlgorithm: Uint8Array) {
  const body = new DerReader(content);
  const versionItem = body.optional(VERSION);
  const version =
    versionItem === null ? 1n : integerValue(new DerReader(versionItem.content).content(tags.integer)) + 1n;
  if (version < 1n || version > LAST_VERSION) throw new QuoteError("invalid certificate version");
  if (integerValue(body.content(tags.integer)) < 0n) throw new QuoteError("negative serial number");
  const algorithm = body.content(tags.sequence);
  if (!equal(algorithm, outerAlgorithm)) throw new QuoteError("signature algorithms of a certificate differ");
  const signatureAlgorithm = objectIdText(new DerReader(algorithm).content(tags.objectId));
  const issuer = body.item(tags.sequence).raw;
  const validity = body.inside(tags.sequence);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  const subject = body.item(tags.sequence).raw;
  const publicKeyInfo = body.item(tags.sequence).raw;
  for (const tag of UNIQUE_IDS) if (version > 1n) body.optional(tag);
  const extensions = version === BigInt(LAST_VERSION) ? readExtensions(body) : new Map<string, Extension>();
  return {
    signatureAlgorithm,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo,
    publicKey: readPublicKey(publicKeyInfo),
    version: Number(version),
    extensions,
    basicConstraints: readBasicConstraints(extensions),
    keyUsage: readKeyUsage(extensions),
  };
}

function readPublicKey(publicKeyInfo: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: "der", type: "spki" });
  } catch (cause) {
    throw new QuoteError("a certificate's public key cannot be read", { cause });
  }
}

function readTime(validity: DerReader): bigint {
  const { tag, content } = validity.item();
  const text = toLatin1(content);
  const isShort = tag === tags.utcTime;
  if (!isShort && tag !== tags.generalizedTime) throw new QuoteError("malformed time in a certificate");
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null || match[1]!.length !== (isShort ? 2 : 4)) {
    throw new QuoteError("malformed time in a certificate");
  }
  const [given = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const year = isShort ? given + (given >= 50 ? 1900 : 2000) : given;
  return (BigInt(Date.UTC(year, month - 1, day, hour, minute, second)) / 1000n) * NS;
}

function readExtensions(body: DerReader): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  const item = body.optional(EXTENSIONS);
  if (item === null) return found;
  const list = new DerReader(item.content).inside(tags.sequence);
  while (!list.isEmpty) {
    const extension = list.inside(tags.sequence);
    const id = objectIdText(extension.content(tags.objectId));
    const critical = extension.optional(tags.boolean);
    if (found.has(id)) throw new QuoteError(`a certificate has extension ${id} twice`);
    found.set(id, {
      isCritical: critical !== null && critical.content[0] === 0xff,
      value: extension.content(tags.octetString),
    });
  }
  return found;
}

function readBasicConstraints(extensions: ReadonlyMap<string, Extension>): BasicConstraints | null {
  const extension = extensions.get(extensionIds.basicConstraints);
  if (extension === undefined) return null;
  const fields = new DerReader(extension.value).inside(tags.sequence);
  const isCa = fields.optional(tags.boolean)?.content[0] === 0xff;
  const length = fields.optional(tags.integer);
  return { isCa, maxPathLength: length === null ? null : Number(integerValue(length.content)) };
}

function readKeyUsage(extensions: ReadonlyMap<string, Extension>): number | null {
  const extension = extensions.get(extensionIds.keyUsage);
  if (extension === undefined) return null;
  return new DerReader(extension.value).content(tags.bitString)[1] ?? 0;
}
