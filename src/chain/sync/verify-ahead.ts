import type { BlockID } from "../block-id.ts";
import type { ChainState } from "../chain-state.ts";

/**
 * Verifies fetched blocks while they wait for their turn, elsewhere than on this thread: the signatures in them, and what
 * needs no state. It refuses nothing: what holds is known by then to those who execute the block, everything else they
 * verify themselves.
 */
export interface VerifyAhead {
  /**
   * Takes an encoded block. Resolves when what holds in it is known, with the id that `examineBlock` gave, or null where it
   * refused the block; never rejects, whatever is in it.
   */
  verify(encoded: Uint8Array): Promise<BlockID | null>;
  /** Tells where the chain is: before the first block that is verified, and after each that was executed. */
  onState(state: ChainState): void;
  /** Ends the work: what was taken and is not verified never will be. */
  close(): Promise<void>;
}
