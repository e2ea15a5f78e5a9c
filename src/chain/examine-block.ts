import { equal } from "../codec/bytes.ts";
import { type Block, checkBlock, encodeBlock } from "./block.ts";
import type { BlockID } from "./block-id.ts";
import { invalid } from "./errors.ts";
import { headerHash } from "./header.ts";
import { makePartSet } from "./part-set.ts";

/**
 * Requires of a decoded block what can be told without the state: the canonical encoding, and what `checkBlock` does.
 * Needs nothing but the bytes, so that another thread can do it ahead.
 * @param encoded what the block was decoded from
 * @returns the id that the block has
 * @throws ChainError
 */
export function examineBlock(block: Block, encoded: Uint8Array): BlockID {
  if (!equal(encodeBlock(block), encoded)) throw invalid("block is not in its canonical encoding");
  checkBlock(block);
  return { hash: headerHash(block.header), part_set_header: makePartSet(encoded).header };
}
