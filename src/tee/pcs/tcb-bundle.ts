import type { KeyObject } from "node:crypto";
import { equal, fromHex } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import type { PCSQuotePolicy, TCBBundle } from "../../types/sgx.ts";
import { readJson } from "../json-fields.ts";
import { QuoteError } from "../quote-error.ts";
import type { QuoteRules } from "../quote-rules.ts";
import type { SgxReport } from "../sgx-report.ts";
import type { Certificate } from "../x509/certificate.ts";
import { readChain } from "../x509/read-chain.ts";
import { verifyChain } from "../x509/verify-chain.ts";
import { checkHead, checkSignature } from "./collateral.ts";
import type { PckInfo } from "./pck.ts";
import { checkQe, readQeIdentity } from "./qe-identity.ts";
import { readTcbInfo } from "./tcb-info.ts";
import { checkPlatformTcb } from "./tcb-level.ts";

/** What collateral is checked against. */
export interface TcbCheck {
  readonly policy: PCSQuotePolicy;
  readonly rules: QuoteRules;
  readonly root: Certificate;
  /** Unix nanoseconds. */
  readonly time: bigint;
  readonly pck: PckInfo;
  /** Report of the quoting enclave. */
  readonly qeReport: SgxReport;
  /** `teeTcbSvn` of a trust domain's report; null for SGX. */
  readonly tdxSvns: Uint8Array | null;
}

const TCB_INFO_VERSION = 3;
const QE_IDENTITY_VERSION = 2;
const CERTIFICATES = 2;

/**
 * Verifies the collateral that was sent along with a quote, and that platform and quoting enclave are what it says and
 * up to date. facts/sgx.md 4.7 steps 7 to 10.
 * @throws QuoteError
 */
export function verifyTcb(bundle: TCBBundle, check: TcbCheck): void {
  const key = signingKey(bundle, check);
  checkQeIdentity(bundle, key, check);
  checkTcbInfo(bundle, key, check);
}

function signingKey({ certs }: TCBBundle, { root, time }: TcbCheck): KeyObject {
  const [leaf, last, ...more] = readChain(certs ?? new Uint8Array(0));
  if (leaf === undefined || last === undefined || more.length > 0) {
    throw new QuoteError(`the collateral has to have ${CERTIFICATES} certificates`);
  }
  verifyChain(leaf, [], root, time);
  if (!equal(last.raw, root.raw)) throw new QuoteError("the collateral has another root certificate");
  return leaf.publicKey;
}

function checkQeIdentity({ qe_id: signed }: TCBBundle, key: KeyObject, check: TcbCheck): void {
  checkSignature(signed.enclave_identity, signed.signature, key);
  const identity = readJson(signed.enclave_identity, "identity of the quoting enclave", readQeIdentity);
  const id = check.tdxSvns === null ? "QE" : "TD_QE";
  checkHead(identity, { id, version: QE_IDENTITY_VERSION }, check.policy, check.time);
  checkQe(identity, check.qeReport);
}

function checkTcbInfo({ tcb_info: signed }: TCBBundle, key: KeyObject, check: TcbCheck): void {
  const { policy, pck, tdxSvns } = check;
  checkSignature(signed.tcb_info, signed.signature, key);
  const info = readJson(signed.tcb_info, "TCB information", readTcbInfo);
  const id = tdxSvns === null ? "SGX" : "TDX";
  checkHead(info, { id, version: TCB_INFO_VERSION }, policy, check.time);
  // Compared as they are written: the lists of a policy have to have the letters that Intel uses.
  const whitelist = policy.fmspc_whitelist ?? [];
  if (whitelist.length > 0 && !whitelist.includes(info.fmspc)) {
    throw new QuoteError("the platform is not on the list of allowed ones");
  }
  if (policy.fmspc_blacklist?.includes(info.fmspc)) {
    throw new QuoteError("the platform is on the list of blocked ones");
  }
  if (!isHexOf(info.fmspc, pck.fmspc)) throw new QuoteError("the TCB information is of other platforms");
  checkPlatformTcb(info, { ...pck, tdxSvns }, check.rules);
}

function isHexOf(text: string, bytes: Uint8Array): boolean {
  try {
    return equal(fromHex(text), bytes);
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}
