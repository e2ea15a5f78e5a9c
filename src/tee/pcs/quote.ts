import { equal, fromHex } from "../../codec/bytes.ts";
import { QuoteError } from "../quote-error.ts";
import { readSgxReport, SGX_REPORT_LENGTH, type SgxReport } from "../sgx-report.ts";
import { type QuoteSignature, readQuoteSignature } from "./quote-signature.ts";
import { readTdReport, TD_REPORT_LENGTH, type TdReport } from "./td-report.ts";

/** What is quoted: an SGX enclave or a TDX trust domain. */
export type QuotedReport =
  | { readonly tee: "sgx"; readonly report: SgxReport }
  | { readonly tee: "tdx"; readonly report: TdReport };

/** A DCAP quote: a report that the platform's quoting enclave signed. facts/sgx.md 4.4. */
export interface PcsQuote {
  readonly body: QuotedReport;
  /** Header and report, which the signature is of. */
  readonly signed: Uint8Array;
  readonly signature: QuoteSignature;
}

const HEADER_LENGTH = 48;
const SIGNATURE_SIZE_LENGTH = 4;
const MIN_LENGTH = HEADER_LENGTH + SGX_REPORT_LENGTH + SIGNATURE_SIZE_LENGTH;
const ECDSA_P256 = 2;
const TEE_SGX = 0;
const TEE_TDX = 0x81;
const INTEL = fromHex("939a7233f79c4ca9940a0db3957f0607");

/**
 * Reads a quote of version 3 or 4.
 * @throws QuoteError when it is malformed, has bytes behind it, or is of a kind that the network does not take
 */
export function readQuote(bytes: Uint8Array): PcsQuote {
  if (bytes.length < MIN_LENGTH) throw new QuoteError("the quote is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint16(0, true);
  const tee = readTee(view, version);
  if (!equal(bytes.subarray(12, 28), INTEL)) throw new QuoteError("the quoting enclave is not Intel's");
  const body = readBody(bytes.subarray(HEADER_LENGTH), tee);
  const signed = bytes.subarray(0, HEADER_LENGTH + body.report.raw.length);
  const signatureAt = signed.length + SIGNATURE_SIZE_LENGTH;
  if (bytes.length < signatureAt) throw new QuoteError("the quote is cut off");
  if (bytes.length - signatureAt !== view.getUint32(signed.length, true)) {
    throw new QuoteError("the quote's signature is not of the length that the quote says");
  }
  if (view.getUint16(2, true) !== ECDSA_P256)
    throw new QuoteError("the quote is not signed with ECDSA P-256");
  return { body, signed, signature: readQuoteSignature(bytes.subarray(signatureAt), version) };
}

/** The kind of TEE that the header names, with everything else in it being as its version demands. */
function readTee(header: DataView, version: number): number {
  const word = header.getUint32(4, true);
  switch (version) {
    case 3:
      if (word !== 0) throw new QuoteError("reserved bytes of the quote are in use");
      return TEE_SGX;
    case 4:
      if (word !== TEE_SGX && word !== TEE_TDX) throw new QuoteError(`unknown TEE ${word}`);
      if (header.getUint32(8, true) !== 0) throw new QuoteError("reserved bytes of the quote are in use");
      return word;
    default:
      throw new QuoteError(`quote version ${version} is not supported`);
  }
}

function readBody(bytes: Uint8Array, tee: number): QuotedReport {
  if (tee === TEE_SGX) return { tee: "sgx", report: readSgxReport(bytes) };
  if (bytes.length < TD_REPORT_LENGTH) throw new QuoteError("the quote is cut off");
  return { tee: "tdx", report: readTdReport(bytes) };
}
