import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import { roothashErrors } from "../../types/errors.ts";
import type {
  ConsensusParameters,
  Genesis,
  RoundResults,
  RoundRoots,
  RuntimeState,
} from "../../types/roothash.ts";
import type { Block } from "../../types/roothash-block.ts";
import type { IncomingMessage, IncomingMessageQueueMeta } from "../../types/roothash-message.ts";
import {
  getIncomingMessages,
  getLastRoundResults,
  getParameters,
  getPastRoundRoots,
  getQueueMeta,
  getRoundRoots,
  getRuntimeState,
  getRuntimeStates,
  type StoredRuntimeState,
} from "./state.ts";

// Queries of the API over the state of one height (facts/api.md 2.9). An empty list is null, which is how it goes over
// the wire.

/** First block of a ParaTime. @throws CodedError roothash/3 */
export function queryGenesisBlock(state: ReadonlyTree, id: Namespace): Block {
  return requireState(state, id).genesis_block;
}

/** Last block of a ParaTime. @throws CodedError roothash/3 */
export function queryLatestBlock(state: ReadonlyTree, id: Namespace): Block {
  return requireState(state, id).last_block;
}

/** Whole state of a ParaTime. @throws CodedError roothash/3 */
export function queryRuntimeState(state: ReadonlyTree, id: Namespace): RuntimeState {
  return requireState(state, id);
}

/** Results of the last finalised round; empty ones for an unknown ParaTime. */
export function queryLastRoundResults(state: ReadonlyTree, id: Namespace): RoundResults {
  return getLastRoundResults(state, id);
}

/** Roots of a past round; null when they are not kept. */
export function queryRoundRoots(state: ReadonlyTree, id: Namespace, round: bigint): RoundRoots | null {
  return getRoundRoots(state, id, round);
}

/** Roots of all past rounds that are kept. */
export function queryPastRoundRoots(state: ReadonlyTree, id: Namespace): Map<bigint, RoundRoots> {
  return getPastRoundRoots(state, id);
}

/** Length of the queue of incoming messages and the number of the next one. */
export function queryIncomingMessageQueueMeta(state: ReadonlyTree, id: Namespace): IncomingMessageQueueMeta {
  return getQueueMeta(state, id);
}

/** Queued messages from message number `offset` on; `limit` 0 gives all. */
export function queryIncomingMessageQueue(
  state: ReadonlyTree,
  id: Namespace,
  offset: bigint,
  limit: number,
): IncomingMessage[] | null {
  const queued = getIncomingMessages(state, id, offset, limit);
  return queued.length === 0 ? null : queued;
}

export function queryParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return getParameters(state);
}

/** The roothash part of a genesis document that continues from this state. */
export function queryGenesis(state: ReadonlyTree): Genesis {
  const states = getRuntimeStates(state).map(({ runtime, last_block: last }) => {
    const restored = {
      state_root: last.header.state_root,
      round: last.header.round,
      message_results: getLastRoundResults(state, runtime.id).messages,
    };
    return [toHex(runtime.id), restored] as const;
  });
  return { params: getParameters(state), runtime_states: new Map(states) };
}

function requireState(state: ReadonlyTree, id: Namespace): StoredRuntimeState {
  const runtimeState = getRuntimeState(state, id);
  if (runtimeState === null) {
    throw roothashErrors.invalidRuntime();
  }
  return runtimeState;
}
