import { equal, fromBase64, toLatin1 } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import type { AVRBundle } from "../../types/sgx.ts";
import { QuoteError } from "../quote-error.ts";
import type { Certificate } from "../x509/certificate.ts";
import { readChain } from "../x509/read-chain.ts";
import { verifyChain } from "../x509/verify-chain.ts";
import { verifySha256 } from "../x509/verify-sha256.ts";

/**
 * Verifies that the attestation service signed a report, with a certificate that leads to Intel's root.
 * facts/sgx.md 4.3.
 * @param time Unix nanoseconds at which the certificates have to be valid
 * @throws QuoteError
 */
export function verifyAvrSignature(bundle: AVRBundle, root: Certificate, time: bigint): void {
  const empty = new Uint8Array(0);
  const [leaf, last, ...more] = readChain(queryUnescape(bundle.certificate_chain ?? empty));
  if (leaf === undefined || last === undefined || more.length > 0) {
    throw new QuoteError("the report has to have two certificates");
  }
  verifyChain(leaf, [], root, time);
  if (!equal(last.raw, root.raw)) throw new QuoteError("the report has another root certificate");
  const signature = signatureOf(bundle.signature ?? empty);
  const { publicKey } = leaf;
  const isSigned =
    publicKey.asymmetricKeyType === "rsa" && verifySha256(publicKey, bundle.body ?? empty, signature);
  if (!isSigned) throw new QuoteError("the report is not validly signed");
}

/** The bytes of text that was escaped for the query of a URL: `+` is a space. @throws QuoteError */
export function queryUnescape(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (byte === 0x25) {
      const digits = toLatin1(text.subarray(i + 1, i + 3));
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw new QuoteError("malformed escape in the certificates");
      out[length++] = Number.parseInt(digits, 16);
      i += 2;
    } else {
      out[length++] = byte === 0x2b ? 0x20 : byte;
    }
  }
  return out.subarray(0, length);
}

function signatureOf(text: Uint8Array): Uint8Array {
  try {
    return fromBase64(toLatin1(text));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new QuoteError("the report's signature is not base64");
  }
}
