import { type ErrorData, QanatError } from "../codec/errors.ts";

/**
 * What went wrong in the chain.
 *
 * - `malformed`: a structure that no honest peer builds: wrong lengths, missing parts, values out of range.
 * - `invalid`: well formed, but contradicts the chain's rules or its state.
 * - `signature`: a signature that does not verify.
 * - `power`: not enough voting power behind a commit.
 * - `evidence`: proof of misbehaviour that does not hold.
 * - `corrupt`: our own files or database contradict each other.
 * - `mempool`: a transaction that the mempool has no room for.
 * - `sign-state`: signing would repeat or contradict an earlier signature.
 * - `stopped`: the engine stopped, or was never started.
 */
export type ChainErrorKind =
  | "malformed"
  | "invalid"
  | "signature"
  | "power"
  | "evidence"
  | "corrupt"
  | "mempool"
  | "sign-state"
  | "stopped";

/** Every error that `src/chain` throws on purpose, except the coded errors of its API. */
export class ChainError extends QanatError {
  readonly kind: ChainErrorKind;

  constructor(kind: ChainErrorKind, message: string, data: ErrorData = {}, options?: ErrorOptions) {
    super(`chain/${kind}`, message, data, options);
    this.name = "ChainError";
    this.kind = kind;
  }
}

/** Shorthand for the commonest throw. */
export function malformed(message: string, data: ErrorData = {}): ChainError {
  return new ChainError("malformed", message, data);
}

/** Shorthand for a broken rule. */
export function invalid(message: string, data: ErrorData = {}): ChainError {
  return new ChainError("invalid", message, data);
}
