import { equal } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { EMPTY_HASH, hashOf } from "../../crypto/hash.ts";
import {
  type Block,
  type HEADER_EPOCH_TRANSITION,
  HEADER_NORMAL,
  type HEADER_ROUND_FAILED,
  type HEADER_SUSPENDED,
  Header,
} from "../../types/roothash-block.ts";
import type { ComputeResultsHeader } from "../../types/roothash-commitment.ts";

/** Kinds of ParaTime blocks that carry no results. */
export type EmptyBlockType =
  | typeof HEADER_ROUND_FAILED
  | typeof HEADER_EPOCH_TRANSITION
  | typeof HEADER_SUSPENDED;

/** Hash by which the next block and the commitments refer to a block. */
export function headerHash(header: Header): Hash {
  return hashOf(Header, header);
}

/** First block of a ParaTime: round 0, empty state, every hash the empty hash. `time` in Unix seconds. */
export function genesisBlock(namespace: Namespace, time: bigint): Block {
  return {
    header: {
      version: 0,
      namespace,
      round: 0n,
      timestamp: BigInt.asUintN(64, time),
      header_type: HEADER_NORMAL,
      previous_hash: EMPTY_HASH,
      io_root: EMPTY_HASH,
      state_root: EMPTY_HASH,
      messages_hash: EMPTY_HASH,
      in_msgs_hash: EMPTY_HASH,
    },
  };
}

/** The block after `last` with the same state and nothing else in it. `time` in Unix seconds. */
export function emptyBlock(last: Block, time: bigint, type: EmptyBlockType): Block {
  return nextBlock(last, time, type);
}

/** The block after `last` with the results of a round. `time` in Unix seconds. */
export function normalBlock(last: Block, time: bigint, results: ComputeResultsHeader): Block {
  const block = nextBlock(last, time, HEADER_NORMAL);
  // A commitment without failure has all four (see commitmentProblem).
  block.header.io_root = results.io_root!;
  block.header.state_root = results.state_root!;
  block.header.messages_hash = results.messages_hash!;
  block.header.in_msgs_hash = results.in_msgs_hash!;
  return block;
}

/** Whether results are for the round right after `last`. */
export function isBasedOn(results: ComputeResultsHeader, last: Header): boolean {
  return (
    results.round === BigInt.asUintN(64, last.round + 1n) && equal(results.previous_hash, headerHash(last))
  );
}

function nextBlock(last: Block, time: bigint, type: number): Block {
  return {
    header: {
      version: last.header.version,
      namespace: last.header.namespace,
      round: BigInt.asUintN(64, last.header.round + 1n),
      timestamp: BigInt.asUintN(64, time),
      header_type: type,
      previous_hash: headerHash(last.header),
      io_root: EMPTY_HASH,
      state_root: last.header.state_root,
      messages_hash: EMPTY_HASH,
      in_msgs_hash: EMPTY_HASH,
    },
  };
}
