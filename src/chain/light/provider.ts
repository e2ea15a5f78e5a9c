import type { Evidence, LightBlock, Parameters, Validators } from "../../types/api-consensus.ts";

/**
 * Somebody who answers a light client's questions: a node's API, or a place in the peer network that one peer after
 * the other may fill. Nothing of an answer is believed before it is verified.
 *
 * All methods throw when there is no answer, for whatever reason; the signal's reason when it aborts.
 */
export interface LightProvider {
  /** Who that is, for messages; may change when another peer fills the place. Empty: nobody at the moment. */
  readonly name: string;
  /** Light block of a height, `meta` is a `tendermint.types.LightBlock`. Height 0: the newest, where the source has that. */
  getLightBlock(height: bigint, signal: AbortSignal): Promise<LightBlock>;
  getValidators(height: bigint, signal: AbortSignal): Promise<Validators>;
  getParameters(height: bigint, signal: AbortSignal): Promise<Parameters>;
  /** `meta` is a `tendermint.types.Evidence`. */
  submitEvidence(evidence: Evidence, signal: AbortSignal): Promise<void>;
  /** What it answered last was wrong: where there are others, one of them is to take the place. */
  reject(reason: string): void;
}
