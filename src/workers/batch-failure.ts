import { CodedError, QanatError } from "../codec/errors.ts";
import { hostErrors } from "../types/errors.ts";

/** Ways in which the ParaTime fails on what it was given. */
const failures: ReadonlySet<string> = new Set([
  "runtime/bad-reply",
  "runtime/closed",
  "runtime/malformed",
  "runtime/timeout",
  "runtime/too-large",
]);

/**
 * Whether a failed call may be the fault of the transactions that it carried: the ParaTime answered with an error or
 * with nonsense, took too long, or did not survive it. There is no telling which of them before each was tried alone.
 */
export function mayBeFaultOfBatch(error: unknown): boolean {
  if (error instanceof CodedError) return !hostErrors.notReady().matches(error);
  return error instanceof QanatError && failures.has(error.code);
}

/** Whether the process ended with the call pending: there is nobody to ask before the next one is there. */
export function isProcessGone(error: unknown): boolean {
  return error instanceof QanatError && error.code === "runtime/closed";
}

/** How often a transaction must fail alone before it is given up: once may have been chance. */
const FAILURES_TO_DROP = 2;

/** The same for a process that ended meanwhile: others than the transaction may end it, more than once. */
const ENDS_TO_DROP = 4;

/** Whether a transaction is given up that failed alone so often in a row, with this error the last time. */
export function isGivenUp(error: unknown, failures: number): boolean {
  return failures >= (isProcessGone(error) ? ENDS_TO_DROP : FAILURES_TO_DROP);
}
