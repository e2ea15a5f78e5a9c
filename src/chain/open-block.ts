import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { BlockInput } from "./application.ts";
import { blockInput } from "./application-input.ts";
import { type Block, parseBlock } from "./block.ts";
import type { BlockID } from "./block-id.ts";
import type { ChainState } from "./chain-state.ts";
import { examineBlock } from "./examine-block.ts";
import { validateInState } from "./validate-block.ts";

/** A block that may follow on a state, with all that is derived from its bytes. */
export interface OpenedBlock {
  block: Block;
  blockId: BlockID;
  /** What the application executes. */
  input: BlockInput;
}

/** What was found out about a block on another thread. */
export interface BlockAhead {
  /** Signatures that were verified. */
  readonly known?: KnownSignatures;
  /** What `examineBlock` gave. */
  readonly examined?: BlockID | null;
}

/**
 * Opens the encoding of the next block: decodes it, requires the canonical encoding and validates it against the
 * state. For blocks that were decided elsewhere: stored, synced or recorded. After the application has executed
 * `input` and committed, `stateAfterBlock` gives the state for the one after.
 * @throws CodecError, ChainError naming what is wrong
 */
export function openBlock(state: ChainState, encoded: Uint8Array, ahead: BlockAhead = {}): OpenedBlock {
  const block = parseBlock(encoded);
  const blockId = ahead.examined ?? examineBlock(block, encoded);
  validateInState(state, block, ahead.known);
  return { block, blockId, input: blockInput(block, blockId.hash, state.last_validators) };
}
