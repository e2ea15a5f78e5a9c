import { equal } from "../../codec/bytes.ts";
import { invalid } from "../errors.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import type { Time } from "../time.ts";
import { bisect } from "./bisect.ts";
import type { LightVerifyOptions } from "./verify-light-block.ts";

/** Where two verified chains part. */
export interface Bifurcation {
  /** The other side's chain, verified, from the last common block to the one that contradicts. */
  readonly trace: readonly LightBlock[];
  /** The first block of our side that the other contradicts. */
  readonly diverging: LightBlock;
}

/**
 * Follows the blocks that were verified from one source with another that contradicts the last of them, up to the
 * first difference.
 * @param trace of the one source; its last block is not below `target`
 * @param target the other's block
 * @param fetch the other's block of a height
 * @throws ChainError when the other cannot prove its chain, whatever `fetch` throws
 */
export async function examineConflict(
  options: LightVerifyOptions,
  trace: readonly LightBlock[],
  target: LightBlock,
  now: Time,
  fetch: (height: bigint) => Promise<LightBlock>,
): Promise<Bifurcation> {
  let common: LightBlock | null = null;
  for (const own of trace) {
    const { height } = own.header;
    if (height > target.header.height) break;
    const other = height === target.header.height ? target : await fetch(height);
    const isSame = equal(headerHash(own.header), headerHash(other.header));
    if (common === null) {
      if (!isSame) throw invalid("its chain does not begin with the trusted block");
    } else {
      const verified = await bisect(options, common, other, now, fetch);
      if (!isSame) return { trace: verified, diverging: own };
    }
    common = other;
  }
  throw invalid("its chain does not contradict ours");
}
