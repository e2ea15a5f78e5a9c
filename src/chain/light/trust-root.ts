import { equal, toHex } from "../../codec/bytes.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import { verifyCommitLight } from "../verify-commit.ts";
import { LightError } from "./errors.ts";
import { fetchLightBlock } from "./fetch-light-block.ts";
import type { LightProvider } from "./provider.ts";

/** A block that is trusted without proof. */
export interface TrustRoot {
  readonly height: bigint;
  /** Hash of its header, 32 bytes. */
  readonly hash: Uint8Array;
}

/**
 * The newest block that all sources have, as trust root: the sources must agree on it. Whoever trusts it trusts that
 * not all of them lie.
 * @param height of the block; 0: the newest of the source that is furthest behind
 * @throws LightError `root` when sources disagree, with what each says; `no-answer` when one does not answer
 */
export async function fetchTrustRoot(
  sources: readonly LightProvider[],
  chainId: string,
  height: bigint,
  signal: AbortSignal,
): Promise<TrustRoot> {
  if (sources.length < 2)
    throw new LightError("root", "a trust root needs two sources at least, to compare them");
  const wanted = height !== 0n ? height : await commonHeight(sources, chainId, signal);
  const blocks = await ask(sources, chainId, wanted, signal);
  const hashes = blocks.map(({ header }) => headerHash(header));
  if (!hashes.every((hash) => equal(hash, hashes[0]!))) {
    const said = sources.map(({ name }, i) => `${name} says ${toHex(hashes[i]!)}`).join(", ");
    throw new LightError(
      "root",
      `the sources disagree on block ${wanted}: ${said}. Find out which is the network's before you trust any`,
      { height: wanted },
    );
  }
  return { height: wanted, hash: hashes[0]! };
}

async function commonHeight(
  sources: readonly LightProvider[],
  chainId: string,
  signal: AbortSignal,
): Promise<bigint> {
  const newest = await ask(sources, chainId, 0n, signal);
  const heights = newest.map(({ header }) => header.height).sort((a, b) => Number(a - b));
  return heights[0]!;
}

/** The blocks of all sources, signed by the validators that they name. */
function ask(
  sources: readonly LightProvider[],
  chainId: string,
  height: bigint,
  signal: AbortSignal,
): Promise<LightBlock[]> {
  return Promise.all(
    sources.map(async (source) => {
      try {
        const block = await fetchLightBlock(source, chainId, height, signal);
        requireSigned(chainId, block);
        return block;
      } catch (cause) {
        signal.throwIfAborted();
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new LightError("no-answer", `no trust root from ${source.name}: ${reason}`, {}, { cause });
      }
    }),
  );
}

/** @throws ChainError when a block's own validators have not signed it */
export function requireSigned(chainId: string, { header, commit, validators }: LightBlock): void {
  verifyCommitLight({ chainId, height: header.height, blockId: commit.block_id, validators }, commit);
}
