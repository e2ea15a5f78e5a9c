import { QuoteError } from "../quote-error.ts";
import { readSgxReport, SGX_REPORT_LENGTH, type SgxReport } from "../sgx-report.ts";

const HEADER_LENGTH = 48;
/** Length of an EPID quote without its signature, which is what reports of the attestation service have of it. */
export const EPID_QUOTE_LENGTH = HEADER_LENGTH + SGX_REPORT_LENGTH;

/** An EPID quote: what the attestation service judged. facts/sgx.md 4.2. */
export interface EpidQuote {
  /** EPID group of the platform. */
  readonly groupId: number;
  readonly report: SgxReport;
}

/** Reads a quote; what follows it, such as its signature, is not looked at. @throws QuoteError */
export function readEpidQuote(bytes: Uint8Array): EpidQuote {
  if (bytes.length < EPID_QUOTE_LENGTH) throw new QuoteError("the EPID quote is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint16(0, true);
  if (version !== 1 && version !== 2) throw new QuoteError(`EPID quote version ${version} is not supported`);
  if (view.getUint16(2, true) > 1) throw new QuoteError("unknown type of EPID signature");
  if (version === 1 && view.getUint16(10, true) !== 0) {
    throw new QuoteError("an EPID quote of version 1 has a PCE security version");
  }
  return { groupId: view.getUint32(4, true), report: readSgxReport(bytes.subarray(HEADER_LENGTH)) };
}
