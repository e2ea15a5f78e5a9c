import type { LightBlock } from "../light-block.ts";
import type { Time } from "../time.ts";
import { type LightVerifyOptions, TooFarApart, verifyLightBlock } from "./verify-light-block.ts";

/** Where between a trusted height and one that is too far away the next block is tried: 9/16 (cometbft.md 7.1). */
const PIVOT_NUMERATOR = 9n;
const PIVOT_DENOMINATOR = 16n;

/**
 * Verifies a block from a trusted one, by way of as few blocks in between as it takes.
 * @param fetch the source's block of a height in between
 * @returns the trusted block, those in between that were verified, and the target
 * @throws ChainError when a block does not verify, whatever `fetch` throws
 */
export async function bisect(
  options: LightVerifyOptions,
  trusted: LightBlock,
  target: LightBlock,
  now: Time,
  fetch: (height: bigint) => Promise<LightBlock>,
): Promise<LightBlock[]> {
  const trace = [trusted];
  // The blocks still to be verified, the nearest last.
  const wanted = [target];
  let depth = 0;
  for (;;) {
    const verified = trace.at(-1)!;
    const candidate = wanted[depth]!;
    try {
      verifyLightBlock(options, verified, candidate, now);
    } catch (error) {
      if (!(error instanceof TooFarApart)) throw error;
      if (depth === wanted.length - 1) wanted.push(await fetch(pivot(verified, candidate)));
      depth++;
      continue;
    }
    trace.push(candidate);
    if (depth === 0) return trace;
    wanted.length = depth;
    depth = 0;
  }
}

/** Strictly between the two: neighbours are never too far apart. */
function pivot({ header: low }: LightBlock, { header: high }: LightBlock): bigint {
  const height = low.height + ((high.height - low.height) * PIVOT_NUMERATOR) / PIVOT_DENOMINATOR;
  return height > low.height ? height : low.height + 1n;
}
