import { QuoteError } from "../quote-error.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { pemBlocks } from "./pem.ts";

/** The certificates of PEM text, in order. @throws QuoteError when a block is none */
export function readChain(pem: Uint8Array): Certificate[] {
  const certificates: Certificate[] = [];
  for (const { type, bytes } of pemBlocks(pem)) {
    if (type !== "CERTIFICATE") throw new QuoteError(`a PEM block of type "${type.slice(0, 40)}"`);
    certificates.push(readCertificate(bytes));
  }
  return certificates;
}
