import type { BlockResults } from "../chain/application.ts";
import { Commit } from "../chain/commit.ts";
import { Header } from "../chain/header.ts";
import { splitTime, ZERO_TIME } from "../chain/time.ts";
import * as wire from "../chain/wire.ts";
import { encode } from "../codec/schema.ts";
import { EMPTY_HASH } from "../crypto/hash.ts";
import {
  type BlockResults as ApiBlockResults,
  type Block,
  BlockMeta,
  BlockResultsMeta,
} from "../types/api-consensus.ts";
import { ROOT_STATE, type Root } from "../types/storage.ts";
import type { StoredBlock } from "./backend.ts";

const CONSENSUS_NAMESPACE = new Uint8Array(32);

/** Root of the state on which the block was built: the state after the previous height. */
export function stateRootOf(block: StoredBlock): Root {
  const { header } = block.block;
  return {
    ns: CONSENSUS_NAMESPACE,
    version: header.height - 1n,
    root_type: ROOT_STATE,
    hash: header.app_hash.length === 0 ? EMPTY_HASH : header.app_hash,
  };
}

/** Time of a block in whole seconds, `null` for the zero time. */
export function blockTime(block: StoredBlock): bigint | null {
  const { time } = block.block.header;
  return time === ZERO_TIME ? null : splitTime(time).seconds;
}

/** A block as the API gives it (api.md 2.13). */
export function apiBlock(stored: StoredBlock): Block {
  const { header, last_commit } = stored.block;
  return {
    height: header.height,
    hash: stored.hash,
    time: blockTime(stored),
    state_root: stateRootOf(stored),
    size: stored.size,
    meta: encode(BlockMeta, {
      header: wire.encode(Header, header),
      last_commit: wire.encode(Commit, last_commit),
    }),
  };
}

/** Results of a block as the API gives them. Empty lists are null, as the official node's come from its store. */
export function apiBlockResults(height: bigint, results: BlockResults): ApiBlockResults {
  const meta = encode(BlockResultsMeta, {
    txs_results: orNull(results.txResults),
    begin_block_events: orNull(results.beginEvents),
    end_block_events: orNull(results.endEvents),
  });
  return { height, meta };
}

function orNull<T>(list: readonly T[]): T[] | null {
  return list.length === 0 ? null : [...list];
}
