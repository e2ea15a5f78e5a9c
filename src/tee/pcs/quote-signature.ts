import { QuoteError } from "../quote-error.ts";
import { readSgxReport, SGX_REPORT_LENGTH, type SgxReport } from "../sgx-report.ts";
import type { Certificate } from "../x509/certificate.ts";
import { P256_KEY_LENGTH, P256_SIGNATURE_LENGTH } from "../x509/p256.ts";
import { readChain } from "../x509/read-chain.ts";

/** The signature of a quote, and what the quoting enclave has to vouch for its key. */
export interface QuoteSignature {
  readonly signature: Uint8Array;
  /** Coordinates of the key that signed the quote. */
  readonly attestationKey: Uint8Array;
  readonly qe: QeCertification;
}

/** Report of the quoting enclave, signed by the platform's certified key. */
export interface QeCertification {
  readonly report: SgxReport;
  readonly reportSignature: Uint8Array;
  readonly authenticationData: Uint8Array;
  /** Certificates of the platform's key; null where the quote only has an encrypted name of the platform. */
  readonly pckChain: readonly Certificate[] | null;
}

const MIN_LENGTH = 584;
const PPID_LENGTH = 404;
const certificationTypes = {
  ppidClear: 1,
  ppidRsa2048: 2,
  ppidRsa3072: 3,
  pckChain: 5,
  qeReport: 6,
} as const;

/** @throws QuoteError */
export function readQuoteSignature(bytes: Uint8Array, version: number): QuoteSignature {
  if (bytes.length < MIN_LENGTH) throw new QuoteError("the quote's signature is cut off");
  const parts = new Parts(bytes);
  const signature = parts.take(P256_SIGNATURE_LENGTH);
  const attestationKey = parts.take(P256_KEY_LENGTH);
  if (version === 4) {
    const type = parts.u16();
    if (parts.u32() !== parts.left) throw new QuoteError("the quote's certification data has another length");
    if (type !== certificationTypes.qeReport) throw new QuoteError("the quote has no report of its signer");
  }
  return { signature, attestationKey, qe: readQeCertification(parts) };
}

function readQeCertification(parts: Parts): QeCertification {
  const report = readSgxReport(parts.take(SGX_REPORT_LENGTH));
  const reportSignature = parts.take(P256_SIGNATURE_LENGTH);
  const authenticationData = parts.take(parts.u16());
  const type = parts.u16();
  const data = parts.take(parts.u32());
  // Bytes after the certification data are ignored by the network, too.
  return { report, reportSignature, authenticationData, pckChain: readPckChain(type, data) };
}

function readPckChain(type: number, data: Uint8Array): readonly Certificate[] | null {
  switch (type) {
    case certificationTypes.ppidClear:
    case certificationTypes.ppidRsa2048:
    case certificationTypes.ppidRsa3072:
      if (data.length !== PPID_LENGTH) throw new QuoteError("the platform's name has another length");
      return null;
    case certificationTypes.pckChain:
      return readChain(data);
    default:
      throw new QuoteError(`certification data of type ${type} is not supported`);
  }
}

/** Fields one after the other; all integers are little-endian. */
class Parts {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  take(length: number): Uint8Array {
    return this.#bytes.subarray(this.#advance(length), this.#offset);
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  #advance(length: number): number {
    if (length > this.left) throw new QuoteError("the quote's signature is cut off");
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}
