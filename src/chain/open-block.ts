import { equal } from "../codec/bytes.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { BlockInput } from "./application.ts";
import { blockInput } from "./application-input.ts";
import { type Block, encodeBlock, parseBlock } from "./block.ts";
import type { BlockID } from "./block-id.ts";
import type { ChainState } from "./chain-state.ts";
import { invalid } from "./errors.ts";
import { headerHash } from "./header.ts";
import { makePartSet } from "./part-set.ts";
import { validateBlock } from "./validate-block.ts";

/** A block that may follow on a state, with all that is derived from its bytes. */
export interface OpenedBlock {
  block: Block;
  blockId: BlockID;
  /** What the application executes. */
  input: BlockInput;
}

/**
 * Opens the encoding of the next block: decodes it, requires the canonical encoding and validates it against the
 * state. For blocks that were decided elsewhere: stored, synced or recorded. After the application has executed
 * `input` and committed, `stateAfterBlock` gives the state for the one after.
 * @param known signatures that were verified already
 * @throws CodecError, ChainError naming what is wrong
 */
export function openBlock(state: ChainState, encoded: Uint8Array, known?: KnownSignatures): OpenedBlock {
  const block = parseBlock(encoded);
  if (!equal(encodeBlock(block), encoded)) throw invalid("block is not in its canonical encoding");
  validateBlock(state, block, known);
  const hash = headerHash(block.header);
  return {
    block,
    blockId: { hash, part_set_header: makePartSet(encoded).header },
    input: blockInput(block, hash, state.last_validators),
  };
}
