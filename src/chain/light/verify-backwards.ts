import { equal } from "../../codec/bytes.ts";
import { invalid } from "../errors.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import { verifyCommitLight } from "../verify-commit.ts";

/**
 * Verifies the block before a trusted one, which names it by its hash. The signatures of its commit are verified too:
 * the hash does not cover them.
 * @throws ChainError
 */
export function verifyBackwards(chainId: string, trusted: LightBlock, earlier: LightBlock): void {
  const { header, commit, validators } = earlier;
  if (header.height !== trusted.header.height - 1n) throw invalid("the block is not the one before");
  if (header.time >= trusted.header.time) throw invalid("the block's time is not before the trusted one's");
  if (!equal(headerHash(header), trusted.header.last_block_id.hash)) {
    throw invalid("the block is not the one that the trusted block follows");
  }
  verifyCommitLight({ chainId, height: header.height, blockId: commit.block_id, validators }, commit);
}
