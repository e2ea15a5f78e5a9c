import { fromHex } from "../../codec/bytes.ts";
import { parseUtc } from "../go-time.ts";
import { type JsonFields, readJson } from "../json-fields.ts";
import { QuoteError } from "../quote-error.ts";
import { checkDebugMode, checkSigner, type QuoteRules } from "../quote-rules.ts";
import { isDebugEnclave } from "../sgx-report.ts";
import { EPID_QUOTE_LENGTH, readEpidQuote } from "./epid-quote.ts";
import { manifestStatuses, type QuoteStatus, quoteStatuses } from "./statuses.ts";

/** What is needed of an attestation verification report of Intel's EPID service. facts/sgx.md 4.3. */
export interface Avr {
  readonly status: QuoteStatus;
  /** The quote without its signature; may be empty. */
  readonly quote: Uint8Array;
  readonly tcbEvaluationDataNumber: number;
}

const NONCE_MAX_BYTES = 32;
const MANIFEST_HASH_LENGTH = 32;
const PSEUDONYM_LENGTH = 128;
const attestationTypes: ReadonlyMap<string, "" | "EPID"> = new Map([
  ["", ""],
  ["EPID", "EPID"],
]);

const MANIFEST_ALLOWED: ReadonlySet<QuoteStatus> = new Set<QuoteStatus>([
  "OK",
  "GROUP_OUT_OF_DATE",
  "CONFIGURATION_NEEDED",
  "SW_HARDENING_NEEDED",
  "CONFIGURATION_AND_SW_HARDENING_NEEDED",
]);
const PLATFORM_INFO_ALLOWED: ReadonlySet<QuoteStatus> = new Set<QuoteStatus>([
  "GROUP_REVOKED",
  "GROUP_OUT_OF_DATE",
  "CONFIGURATION_NEEDED",
  "SW_HARDENING_NEEDED",
  "CONFIGURATION_AND_SW_HARDENING_NEEDED",
]);
const PLATFORM_INFO_ALLOWED_BY_MANIFEST: ReadonlySet<string | null> = new Set([
  "OUT_OF_DATE",
  "REVOKED",
  "RL_VERSION_MISMATCH",
]);

/** Reads the body of a report and checks that its parts agree. @throws QuoteError */
export function readAvr(body: Uint8Array | null, rules: QuoteRules): Avr {
  return readJson(body, "attestation report", (fields) => readFields(fields, rules));
}

function readFields(fields: JsonFields, rules: QuoteRules): Avr {
  const timestamp = fields.text("timestamp");
  const version = fields.int("version");
  const attestationType = fields.oneOf("attestationType", attestationTypes) ?? "";
  const status = fields.oneOf("isvEnclaveQuoteStatus", quoteStatuses);
  const quote = fields.bytes("isvEnclaveQuoteBody");
  const revocationReason = fields.integer("revocationReason", -(2n ** 63n), 2n ** 63n - 1n);
  const manifestStatus = fields.oneOf("pseManifestStatus", manifestStatuses);
  const manifestHash = fromHex(fields.text("pseManifestHash"));
  const platformInfo = fromHex(fields.text("platformInfoBlob"));
  const nonce = fields.text("nonce");
  const pseudonym = fields.bytes("epidPseudonym");
  const tcbEvaluationDataNumber = fields.u32("tcbEvaluationDataNumber");
  for (const name of ["id", "advisoryURL"]) fields.text(name);
  for (const name of ["advisoryIDs", "docIDs"]) fields.texts(name);

  parseUtc(timestamp, "");
  if (version !== 4 && version !== 5) throw new QuoteError(`report version ${version} is not supported`);
  if (version === 4 && attestationType !== "") throw new QuoteError("attestation type in version 4");
  if (status === null) throw new QuoteError("the report has no status");
  checkQuote(quote, rules);
  if ((status === "GROUP_REVOKED") !== (revocationReason !== null)) {
    throw new QuoteError("a reason of revocation has to go with a revoked group, and with nothing else");
  }
  if (manifestStatus !== null && !MANIFEST_ALLOWED.has(status)) {
    throw new QuoteError("unexpected status of the manifest");
  }
  checkLength("manifest hash", manifestHash, MANIFEST_HASH_LENGTH);
  const mayHavePlatformInfo =
    PLATFORM_INFO_ALLOWED.has(status) || PLATFORM_INFO_ALLOWED_BY_MANIFEST.has(manifestStatus);
  if (platformInfo.length > 0 && !mayHavePlatformInfo)
    throw new QuoteError("unexpected platform information");
  if (Buffer.byteLength(nonce) > NONCE_MAX_BYTES) throw new QuoteError("the nonce is too long");
  checkLength("pseudonym", pseudonym, PSEUDONYM_LENGTH);
  return { status, quote, tcbEvaluationDataNumber };
}

function checkQuote(bytes: Uint8Array, rules: QuoteRules): void {
  if (bytes.length === 0) return;
  if (bytes.length !== EPID_QUOTE_LENGTH) throw new QuoteError("the report's quote has another length");
  const { report } = readEpidQuote(bytes);
  checkSigner(report.mrSigner, rules);
  checkDebugMode(isDebugEnclave(report), rules);
}

function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== 0 && bytes.length !== length) throw new QuoteError(`the ${what} has another length`);
}
