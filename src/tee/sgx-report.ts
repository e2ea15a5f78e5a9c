import { QuoteError } from "./quote-error.ts";

/** Length of a report's body, without what only the same machine can check. */
export const SGX_REPORT_LENGTH = 384;
export const REPORT_DATA_LENGTH = 64;

const DEBUG = 0x02n;

/** What the processor says about an enclave; the fields that a verification looks at. facts/sgx.md 4.1. */
export interface SgxReport {
  readonly miscSelect: number;
  readonly flags: bigint;
  readonly xfrm: bigint;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly reportData: Uint8Array;
  readonly raw: Uint8Array;
}

/** @throws QuoteError when there are too few bytes */
export function readSgxReport(bytes: Uint8Array): SgxReport {
  if (bytes.length < SGX_REPORT_LENGTH) throw new QuoteError("the SGX report is cut off");
  const raw = bytes.subarray(0, SGX_REPORT_LENGTH);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  return {
    miscSelect: view.getUint32(16, true),
    flags: view.getBigUint64(48, true),
    xfrm: view.getBigUint64(56, true),
    mrEnclave: raw.subarray(64, 96),
    mrSigner: raw.subarray(128, 160),
    isvProdId: view.getUint16(256, true),
    isvSvn: view.getUint16(258, true),
    reportData: raw.subarray(320),
    raw,
  };
}

/** Whether the enclave runs in debug mode, where the host can read its memory. */
export function isDebugEnclave(report: SgxReport): boolean {
  return (report.flags & DEBUG) !== 0n;
}
