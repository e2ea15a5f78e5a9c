import { equal, isZero } from "../../codec/bytes.ts";
import { tupleHash256 } from "../../crypto/tuple-hash.ts";
import type { TdxQuotePolicy } from "../../types/sgx.ts";
import { QuoteError } from "../quote-error.ts";

/** Length of the report of a trust domain. */
export const TD_REPORT_LENGTH = 584;

const DEBUG = 1n;
/** Debug, SEPT_VE_DISABLE, PKS, KL, PERFMON. */
const KNOWN_ATTRIBUTES = DEBUG | (1n << 28n) | (1n << 30n) | (1n << 31n) | (1n << 63n);
const IDENTITY_CUSTOMIZATION = "oasis-core/tdx: TD enclave identity";
const MEASUREMENT_LENGTH = 48;
/** MRTD, and RTMR0 to RTMR3. */
const MEASUREMENTS = [136, 328, 376, 424, 472];

/** What the TDX module says about a trust domain; the fields that a verification looks at. facts/sgx.md 4.4. */
export interface TdReport {
  /** Security versions of the TDX module and its surroundings. */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly isDebug: boolean;
  readonly reportData: Uint8Array;
  readonly raw: Uint8Array;
}

/** @throws QuoteError when there are too few bytes or unknown attributes */
export function readTdReport(bytes: Uint8Array): TdReport {
  if (bytes.length < TD_REPORT_LENGTH) throw new QuoteError("the TDX report is cut off");
  const raw = bytes.subarray(0, TD_REPORT_LENGTH);
  const attributes = new DataView(raw.buffer, raw.byteOffset, raw.length).getBigUint64(120, true);
  if ((attributes & ~KNOWN_ATTRIBUTES) !== 0n) throw new QuoteError("unknown TDX attributes");
  return {
    teeTcbSvn: raw.subarray(0, 16),
    mrSeam: raw.subarray(16, 64),
    mrSignerSeam: raw.subarray(64, 112),
    isDebug: (attributes & DEBUG) !== 0n,
    reportData: raw.subarray(520),
    raw,
  };
}

/** The identity that a trust domain has in the network: a hash of its measurements in the place of MRENCLAVE. */
export function tdIdentity(report: TdReport): Uint8Array {
  const measurements = MEASUREMENTS.map((at) => report.raw.subarray(at, at + MEASUREMENT_LENGTH));
  return tupleHash256(IDENTITY_CUSTOMIZATION, measurements);
}

/** @throws QuoteError unless the policy allows the TDX module; with an empty list Intel's own are allowed */
export function checkTdxModule(report: TdReport, policy: TdxQuotePolicy): void {
  const allowed = policy.allowed_tdx_modules ?? [];
  const isAllowed =
    allowed.length === 0
      ? isZero(report.mrSignerSeam)
      : allowed.some(
          ({ mr_seam, mr_signer_seam }) =>
            (mr_seam === null || equal(mr_seam, report.mrSeam)) && equal(mr_signer_seam, report.mrSignerSeam),
        );
  if (!isAllowed) throw new QuoteError("the TDX module is not allowed");
}
