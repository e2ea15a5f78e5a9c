import type { ChainState } from "../chain-state.ts";

/**
 * Verifies the signatures in fetched blocks while they wait for their turn, elsewhere than on this thread. It decides
 * nothing: what holds is known by then to those who execute the block, everything else they verify themselves.
 */
export interface VerifyAhead {
  /** Takes an encoded block. Resolves when what holds in it is known; never rejects, whatever is in it. */
  verify(encoded: Uint8Array): Promise<void>;
  /** Tells where the chain is: before the first block that is verified, and after each that was executed. */
  onState(state: ChainState): void;
  /** Ends the work: what was taken and is not verified never will be. */
  close(): Promise<void>;
}
