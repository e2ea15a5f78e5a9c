import type { BlockResults } from "../chain/application.ts";
import { QanatError } from "../codec/errors.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import { consensusErrors } from "../types/errors.ts";
import type { ConsensusBackend, StoredBlock } from "./backend.ts";

// The two height classes of api.md 2.0.

/**
 * The state that a query of class S reads, and its height: 0 and negative mean the last committed height.
 * @throws consensus/1 before the first block, consensus/3 for heights that are not there (yet, or any more)
 */
export function stateFor(backend: ConsensusBackend, height: bigint): { state: ReadonlyTree; height: bigint } {
  const latest = backend.latestHeight();
  if (latest === 0n) throw consensusErrors.noCommittedBlocks();
  const wanted = height <= 0n ? latest : height;
  const state = wanted > latest ? null : backend.stateAt(wanted);
  if (state === null) throw consensusErrors.versionNotFound();
  return { state, height: wanted };
}

/**
 * The height that a query of class B means: 0 is the last committed one.
 * @throws consensus/1 before the first block, an uncoded error for heights outside the block store
 */
export function blockHeight(backend: ConsensusBackend, height: bigint, prefix: string): bigint {
  const latest = backend.latestHeight();
  if (height === 0n) {
    if (latest === 0n) throw consensusErrors.noCommittedBlocks();
    return latest;
  }
  if (height < 0n) {
    throw unavailable(`${prefix}: height must be greater than 0, but got ${height}`, height);
  }
  if (height > latest) {
    throw unavailable(
      `${prefix}: height ${height} must be less than or equal to the current blockchain height ${latest}`,
      height,
    );
  }
  const lowest = backend.keepsNothing === true ? backend.genesis.height : backend.lastRetainedHeight();
  if (height < lowest) {
    throw unavailable(`${prefix}: height ${height} is not available, lowest height is ${lowest}`, height);
  }
  return height;
}

const BLOCK_PREFIX = "cometbft: block query failed";
const RESULTS_PREFIX = "cometbft: block results query failed";

/** The block of a class B query. @throws as {@link blockHeight} */
export function blockFor(backend: ConsensusBackend, height: bigint): StoredBlock {
  const wanted = blockHeight(backend, height, BLOCK_PREFIX);
  const block = backend.blockAt(wanted);
  if (block === null) throw unavailable(`${BLOCK_PREFIX}: height ${wanted} is not available`, wanted);
  return block;
}

/** Results of the block of a class B query. @throws as {@link blockHeight} */
export function resultsFor(
  backend: ConsensusBackend,
  height: bigint,
): { height: bigint; results: BlockResults } {
  const wanted = blockHeight(backend, height, RESULTS_PREFIX);
  const results = backend.resultsAt(wanted);
  if (results === null)
    throw unavailable(`${RESULTS_PREFIX}: could not find results for height #${wanted}`, wanted);
  return { height: wanted, results };
}

function unavailable(message: string, height: bigint): QanatError {
  return new QanatError("api/height", message, { height });
}
