import { equal, fromHex } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import type { JsonFields } from "../json-fields.ts";
import { QuoteError } from "../quote-error.ts";
import type { SgxReport } from "../sgx-report.ts";
import { type CollateralHead, readHead } from "./collateral.ts";
import { type EnclaveTcbLevel, enclaveLevel, readEnclaveLevels } from "./tcb-status.ts";

/** What Intel says of its quoting enclave; texts are hex. facts/sgx.md 4.6. */
export interface QeIdentity extends CollateralHead {
  readonly miscSelect: string;
  readonly miscSelectMask: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly mrSigner: string;
  readonly isvProdId: number;
  readonly levels: readonly EnclaveTcbLevel[];
}

const MISC_SELECT_LENGTH = 4;
const ATTRIBUTES_LENGTH = 16;
const MR_SIGNER_LENGTH = 32;

/** @throws QanatError when a member is of another type than it has to be */
export function readQeIdentity(fields: JsonFields): QeIdentity {
  fields.ints("advisoryIDs");
  return {
    ...readHead(fields),
    miscSelect: fields.text("miscselect"),
    miscSelectMask: fields.text("miscselectMask"),
    attributes: fields.text("attributes"),
    attributesMask: fields.text("attributesMask"),
    mrSigner: fields.text("mrsigner"),
    isvProdId: fields.u16("isvprodid"),
    levels: readEnclaveLevels(fields),
  };
}

/** Checks that a report is of Intel's quoting enclave, up to date. @throws QuoteError */
export function checkQe(identity: QeIdentity, report: SgxReport): void {
  if (!equal(hexOf(identity.mrSigner, MR_SIGNER_LENGTH), report.mrSigner)) {
    throw new QuoteError("the quoting enclave has another signer");
  }
  if (identity.isvProdId !== report.isvProdId) throw new QuoteError("the quoting enclave is another product");
  const misc = hexOf(identity.miscSelect, MISC_SELECT_LENGTH);
  if (!masked(report.raw.subarray(16, 20), hexOf(identity.miscSelectMask, MISC_SELECT_LENGTH), misc)) {
    throw new QuoteError("the quoting enclave has other MISCSELECT bits");
  }
  const attributes = hexOf(identity.attributes, ATTRIBUTES_LENGTH);
  const mask = hexOf(identity.attributesMask, ATTRIBUTES_LENGTH);
  if (!masked(report.raw.subarray(48, 64), mask, attributes)) {
    throw new QuoteError("the quoting enclave has other attributes");
  }
  const level = enclaveLevel(identity.levels, report.isvSvn);
  if (level === null) throw new QuoteError("the quoting enclave reaches no known TCB level");
  if (level.status !== "UpToDate") {
    throw new QuoteError(`the quoting enclave is not up to date: ${level.status}`);
  }
}

/** Whether the bits under the mask, and no others, are the wanted ones. */
function masked(bytes: Uint8Array, mask: Uint8Array, wanted: Uint8Array): boolean {
  return bytes.every((byte, i) => (byte & mask[i]!) === wanted[i]);
}

function hexOf(text: string, length: number): Uint8Array {
  try {
    const bytes = fromHex(text);
    if (bytes.length === length) return bytes;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  throw new QuoteError("malformed identity of the quoting enclave");
}
