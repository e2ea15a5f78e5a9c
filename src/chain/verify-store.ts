import { equal } from "../codec/bytes.ts";
import type { Hash } from "../codec/common-types.ts";
import { equalBlockIds, equalPartSetHeaders } from "./block-id.ts";
import type { ChainStore } from "./chain-store.ts";
import { headerHash } from "./header.ts";
import { makePartSet } from "./part-set.ts";
import { resultsHash } from "./results.ts";
import { verifyCommit } from "./verify-commit.ts";

/**
 * Looks at every stored block: whether it and its results can be read, have the hashes that they are stored under and
 * that the next block says, and whether the state after it is the one that the next block says. The newest block's
 * commit is verified; the blocks before it hang on its hash.
 *
 * @param stateRootAt root of the state after a height; null when that is not kept
 * @param report is told what is wrong, in words
 */
export function* verifyChainStore(
  store: ChainStore,
  stateRootAt: (height: bigint) => Hash | null,
  report: (problem: string) => void,
): Generator<bigint, void> {
  const { base, height: newest } = store;
  if (newest === 0n) return;
  for (let height = base; height <= newest; height++) {
    try {
      verifyHeight(store, height, stateRootAt(height), (problem) => report(`block ${height}: ${problem}`));
    } catch (error) {
      report(`block ${height}: ${error instanceof Error ? error.message : error}`);
    }
    yield height;
  }
}

function verifyHeight(
  store: ChainStore,
  height: bigint,
  stateRoot: Hash | null,
  report: (problem: string) => void,
): void {
  const encoded = store.encodedBlock(height);
  const blockId = store.blockId(height);
  const block = store.block(height)?.block ?? null;
  if (encoded === null || blockId === null || block === null) {
    report("it is missing");
    return;
  }
  const { header } = block;
  if (header.height !== height) report(`it is the block of height ${header.height}`);
  if (!equal(headerHash(header), blockId.hash)) report("its header has another hash than it is stored under");
  if (!equalPartSetHeaders(makePartSet(encoded).header, blockId.part_set_header)) {
    report("its bytes are others than were decided");
  }
  if (store.heightOf(blockId.hash) !== height) report("it is not found by its hash");
  const results = store.results(height);
  if (results === null) report("its results are missing");
  const next = store.block(height + 1n)?.block.header ?? null;
  if (next !== null) {
    if (!equalBlockIds(next.last_block_id, blockId)) report("the next block follows another one");
    if (results !== null && !equal(next.last_results_hash, resultsHash(results.txResults))) {
      report("the next block names other results");
    }
    if (stateRoot !== null && !equal(next.app_hash, stateRoot)) report("the next block names another state");
    return;
  }
  const state = store.state();
  if (state === null || state.last_block_height !== height) return;
  if (stateRoot !== null && !equal(state.app_hash, stateRoot)) report("the chain has another state");
  const commit = store.seenCommit(height);
  const validators = store.validators(height);
  if (commit === null || validators === null) report("its commit or its validators are missing");
  else verifyCommit({ chainId: header.chain_id, height, blockId, validators }, commit);
}
