import { equal } from "../../codec/bytes.ts";
import { QuoteError } from "../quote-error.ts";
import { type Certificate, extensionIds } from "./certificate.ts";
import { DerReader, objectIdText, tags } from "./der-reader.ts";
import { ecdsaFromDer, verifyP256 } from "./p256.ts";
import { verifySha256 } from "./verify-sha256.ts";

const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const RSA_SHA256 = "1.2.840.113549.1.1.11";
/** Bit 5 of the key usage, counted from the highest: signs certificates. */
const CERT_SIGN = 0x04;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";
/** Extensions that may be critical, because their meaning is known. */
const UNDERSTOOD: ReadonlySet<string> = new Set(
  [15, 17, 19, 30, 31, 32, 33, 35, 36, 37, 54].map((last) => `2.5.29.${last}`),
);

/**
 * Verifies that a certificate leads to a trusted root by exactly one way, all of it valid at a time, as the network
 * does: signatures, names, validity, who may sign, path lengths. Nobody asks for revocation lists (facts/sgx.md 4.7).
 * @param root what is trusted; the chain that was sent along has to end with the same bytes
 * @param time Unix nanoseconds
 * @throws QuoteError
 */
export function verifyChain(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  root: Certificate,
  time: bigint,
): void {
  checkValid(leaf, [], time);
  const chains = equal(leaf.raw, root.raw) ? [[leaf]] : chainsFrom([leaf], intermediates, root, time);
  const usable = chains.filter((chain) => chain.every(isForServers));
  if (usable.length !== 1) {
    throw new QuoteError(`${usable.length} ways from the certificate to the trusted root, not one`);
  }
}

function chainsFrom(
  chain: readonly Certificate[],
  intermediates: readonly Certificate[],
  root: Certificate,
  time: bigint,
): (readonly Certificate[])[] {
  const chains: (readonly Certificate[])[] = [];
  if (isParent(root, chain, time)) chains.push([...chain, root]);
  for (const candidate of intermediates) {
    if (!isParent(candidate, chain, time) || candidate.basicConstraints === null) continue;
    chains.push(...chainsFrom([...chain, candidate], intermediates, root, time));
  }
  return chains;
}

/** Whether the candidate issued the last certificate of the chain, and was allowed to. */
function isParent(candidate: Certificate, chain: readonly Certificate[], time: bigint): boolean {
  const child = chain.at(-1)!;
  if (!equal(child.issuer, candidate.subject)) return false;
  if (chain.some((other) => isSame(candidate, other))) return false;
  if (!signedBy(child, candidate)) return false;
  try {
    checkValid(candidate, chain, time);
    return true;
  } catch (error) {
    if (error instanceof QuoteError) return false;
    throw error;
  }
}

function isSame(a: Certificate, b: Certificate): boolean {
  return equal(a.subject, b.subject) && equal(a.publicKeyInfo, b.publicKeyInfo);
}

function signedBy(child: Certificate, parent: Certificate): boolean {
  const { basicConstraints, keyUsage, version, publicKey } = parent;
  if (basicConstraints === null ? version === 3 : !basicConstraints.isCa) return false;
  if (keyUsage !== null && keyUsage !== 0 && (keyUsage & CERT_SIGN) === 0) return false;
  switch (child.signatureAlgorithm) {
    case ECDSA_SHA256: {
      const signature = ecdsaFromDer(child.signature);
      return (
        publicKey.asymmetricKeyType === "ec" &&
        signature !== null &&
        verifyP256(publicKey, child.body, signature)
      );
    }
    case RSA_SHA256:
      return publicKey.asymmetricKeyType === "rsa" && verifySha256(publicKey, child.body, child.signature);
    default:
      return false;
  }
}

function checkValid(certificate: Certificate, chain: readonly Certificate[], time: bigint): void {
  for (const [id, { isCritical }] of certificate.extensions) {
    if (isCritical && !UNDERSTOOD.has(id)) throw new QuoteError(`unknown critical extension ${id}`);
  }
  if (time < certificate.notBefore) throw new QuoteError("a certificate is not valid yet");
  if (time > certificate.notAfter) throw new QuoteError("a certificate is not valid any more");
  const longest = certificate.basicConstraints?.maxPathLength ?? null;
  if (longest !== null && chain.length - 1 > longest)
    throw new QuoteError("the certificate path is too long");
}

/** Whether a certificate does not limit what its key is for to other things: servers is what is asked for by default. */
function isForServers(certificate: Certificate): boolean {
  const extension = certificate.extensions.get(extensionIds.extendedKeyUsage);
  if (extension === undefined) return true;
  const list = new DerReader(extension.value).inside(tags.sequence);
  while (!list.isEmpty) {
    const usage = objectIdText(list.content(tags.objectId));
    if (usage === SERVER_AUTH || usage === ANY_USAGE) return true;
  }
  return false;
}
