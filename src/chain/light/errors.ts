import { type ErrorData, QanatError } from "../../codec/errors.ts";

/**
 * Why a light client cannot vouch for a block.
 *
 * - `no-answer`: no provider has the block, or none answers; it may work later.
 * - `no-witness`: nobody but the primary provider has the block; it may work later.
 * - `root`: the block that is to be trusted at the start is not the chain's, or there is none to begin from.
 * - `expired`: everything that is trusted was verified too long ago.
 * - `invalid`: no provider has a block of that height that follows from what is trusted.
 * - `conflict`: providers contradict each other.
 * - `attack`: validators signed two chains; both sides were sent the evidence.
 */
export type LightErrorKind =
  | "no-answer"
  | "no-witness"
  | "root"
  | "expired"
  | "invalid"
  | "conflict"
  | "attack";

/** Every error that the light client throws on purpose. */
export class LightError extends QanatError {
  readonly kind: LightErrorKind;

  constructor(kind: LightErrorKind, message: string, data: ErrorData = {}, options?: ErrorOptions) {
    super(`light/${kind}`, message, data, options);
    this.name = "LightError";
    this.kind = kind;
  }

  /** Whether the same may succeed a bit later. */
  get isTransient(): boolean {
    return this.kind === "no-answer" || this.kind === "no-witness";
  }
}
