import type { KeyObject } from "node:crypto";
import { fromHex } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import type { PCSQuotePolicy } from "../../types/sgx.ts";
import { parseUtc } from "../go-time.ts";
import type { JsonFields } from "../json-fields.ts";
import { QuoteError } from "../quote-error.ts";
import { P256_SIGNATURE_LENGTH, verifyP256 } from "../x509/p256.ts";

const DAY_NS = 24n * 3_600_000_000_000n;
const MAX_I64 = 2n ** 63n - 1n;

/** What TCB information and the identity of the quoting enclave have in common. */
export interface CollateralHead {
  readonly id: string;
  readonly version: number;
  readonly issueDate: string;
  readonly nextUpdate: string;
  readonly tcbEvaluationDataNumber: number;
}

export function readHead(fields: JsonFields): CollateralHead {
  return {
    id: fields.text("id"),
    version: fields.int("version"),
    issueDate: fields.text("issueDate"),
    nextUpdate: fields.text("nextUpdate"),
    tcbEvaluationDataNumber: fields.u32("tcbEvaluationDataNumber"),
  };
}

/** Checks Intel's signature of a JSON text, as it was sent. @throws QuoteError */
export function checkSignature(text: Uint8Array | null, signature: string, key: KeyObject): void {
  if (!verifyP256(key, text ?? new Uint8Array(0), signatureBytes(signature))) {
    throw new QuoteError("the collateral is not validly signed");
  }
}

function signatureBytes(hex: string): Uint8Array {
  try {
    const bytes = fromHex(hex);
    if (bytes.length === P256_SIGNATURE_LENGTH) return bytes;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  throw new QuoteError("malformed signature of the collateral");
}

/**
 * Checks that collateral is of the kind that is asked for, was issued, is not older than the policy allows, and is of
 * an evaluation that is new enough. `nextUpdate` only has to be a time.
 * @param time Unix nanoseconds
 * @throws QuoteError
 */
export function checkHead(
  head: CollateralHead,
  wanted: { id: string; version: number },
  policy: PCSQuotePolicy,
  time: bigint,
): void {
  if (head.id !== wanted.id) throw new QuoteError(`the collateral is of "${head.id.slice(0, 40)}"`);
  if (head.version !== wanted.version) throw new QuoteError(`the collateral has version ${head.version}`);
  const issued = parseUtc(head.issueDate, "Z");
  parseUtc(head.nextUpdate, "Z");
  if (issued > time) throw new QuoteError("the collateral was not issued yet");
  // The network keeps spans of time in 64 bits, and the longest where they do not suffice.
  const age = time - issued > MAX_I64 ? MAX_I64 : time - issued;
  if (age > BigInt(policy.tcb_validity_period) * DAY_NS) throw new QuoteError("the collateral has expired");
  if (head.tcbEvaluationDataNumber < policy.min_tcb_evaluation_data_number) {
    throw new QuoteError(`the collateral is of evaluation ${head.tcbEvaluationDataNumber}, which is too old`);
  }
}
