import { EMPTY_BYTES, readU64be } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { ConsensusParameters, RoundResults, RoundRoots, RuntimeState } from "../../types/roothash.ts";
import { IncomingMessage, IncomingMessageQueueMeta } from "../../types/roothash-message.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { assertMayChangeParameters } from "../params.ts";
import { decodeState, readSharedState, readState, requireState } from "../state-value.ts";
import {
  EVIDENCE,
  evidenceKey,
  IO_ROOT,
  LAST_ROUND_RESULTS,
  numberedKey,
  PARAMETERS,
  PAST_ROOTS,
  QUEUE,
  QUEUE_META,
  RUNTIME_KEY_LENGTH,
  RUNTIME_STATE,
  runtimeKey,
  STATE_ROOT,
  timeoutKey,
  timeoutPrefix,
} from "./keys.ts";

// --- parameters ---

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

/** Entry condition: InitChain or EndBlock. */
export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

// --- ParaTime states ---

type Present<T, K extends keyof T> = T & { [P in K]: NonNullable<T[P]> };

/** State of a ParaTime as it is always stored: with descriptor and blocks. */
export type StoredRuntimeState = Present<RuntimeState, "runtime" | "genesis_block" | "last_block">;

/** State of a ParaTime; null when unknown. The result belongs to the caller. */
export function getRuntimeState(state: ReadonlyTree, id: Namespace): StoredRuntimeState | null {
  const stored = readState(state, RuntimeState, runtimeKey(RUNTIME_STATE, id));
  return stored === null ? null : present(stored);
}

/** States of all ParaTimes, in order of their hashed ids. */
export function getRuntimeStates(state: ReadonlyTree): StoredRuntimeState[] {
  return Array.from(state.prefix(RUNTIME_STATE), ([key, value]) =>
    present(decodeState(RuntimeState, key, value)),
  );
}

/**
 * Stores the state of a ParaTime, and beside it the roots of its last block: where proofs look for them, and in the
 * window of past roots if the parameters keep one.
 */
export function setRuntimeState(state: KeyValueTree, runtimeState: StoredRuntimeState): void {
  const { id } = runtimeState.runtime;
  const { round, state_root: stateRoot, io_root: ioRoot } = runtimeState.last_block.header;
  state.insert(runtimeKey(RUNTIME_STATE, id), encode(RuntimeState, runtimeState));
  state.insert(runtimeKey(STATE_ROOT, id), stateRoot);
  state.insert(runtimeKey(IO_ROOT, id), ioRoot);
  const { max_past_roots_stored: window } = getParameters(state);
  if (window === 0n) {
    return;
  }
  if (round >= window) {
    state.remove(numberedKey(PAST_ROOTS, id, round - window));
  }
  const roots = encode(RoundRoots, { state_root: stateRoot, io_root: ioRoot });
  state.insert(numberedKey(PAST_ROOTS, id, round), roots);
}

function present(stored: RuntimeState): StoredRuntimeState {
  if (stored.runtime === null || stored.genesis_block === null || stored.last_block === null) {
    throw new InvariantError("state of a ParaTime without descriptor or block");
  }
  return stored as StoredRuntimeState;
}

// --- results and roots ---

/** Results of the last finalised round; empty when there was none. */
export function getLastRoundResults(state: ReadonlyTree, id: Namespace): RoundResults {
  return readState(state, RoundResults, runtimeKey(LAST_ROUND_RESULTS, id)) ?? RoundResults.zero();
}

export function setLastRoundResults(state: KeyValueTree, id: Namespace, results: RoundResults): void {
  state.insert(runtimeKey(LAST_ROUND_RESULTS, id), encode(RoundResults, results));
}

/** Roots of a past round; null when they are not kept. */
export function getRoundRoots(state: ReadonlyTree, id: Namespace, round: bigint): RoundRoots | null {
  return readState(state, RoundRoots, numberedKey(PAST_ROOTS, id, round));
}

/** Roots of all past rounds that are kept. */
export function getPastRoundRoots(state: ReadonlyTree, id: Namespace): Map<bigint, RoundRoots> {
  const entries = Array.from(
    state.prefix(runtimeKey(PAST_ROOTS, id)),
    ([key, value]) => [readU64be(key, RUNTIME_KEY_LENGTH), decodeState(RoundRoots, key, value)] as const,
  );
  return new Map(entries);
}

/** Drops the oldest kept roots of every ParaTime until at most `window` are left of each. */
export function shrinkPastRoots(state: KeyValueTree, window: bigint): void {
  for (const { runtime } of getRuntimeStates(state)) {
    const keys = Array.from(state.prefix(runtimeKey(PAST_ROOTS, runtime.id)), ([key]) => key);
    const excess = keys.length - Number(window);
    for (const key of keys.slice(0, Math.max(0, excess))) {
      state.remove(key);
    }
  }
}

// --- round timeouts ---

/** ParaTimes whose round times out at a height, in order of their hashed ids. */
export function getRoundTimeouts(state: ReadonlyTree, height: bigint): Namespace[] {
  return Array.from(state.prefix(timeoutPrefix(height)), ([, id]) => id as Namespace);
}

export function scheduleRoundTimeout(state: KeyValueTree, id: Namespace, height: bigint): void {
  state.insert(timeoutKey(height, id), id);
}

export function clearRoundTimeout(state: KeyValueTree, id: Namespace, height: bigint): void {
  state.remove(timeoutKey(height, id));
}

// --- evidence ---

export function hasEvidence(state: ReadonlyTree, id: Namespace, round: bigint, evidence: Hash): boolean {
  return state.get(evidenceKey(id, round, evidence)) !== null;
}

export function setEvidence(state: KeyValueTree, id: Namespace, round: bigint, evidence: Hash): void {
  state.insert(evidenceKey(id, round, evidence), EMPTY_BYTES);
}

/** Forgets the evidence of rounds up to and including `lastRound`. */
export function removeExpiredEvidence(state: KeyValueTree, id: Namespace, lastRound: bigint): void {
  const expired: Uint8Array[] = [];
  for (const [key] of state.prefix(runtimeKey(EVIDENCE, id))) {
    if (readU64be(key, RUNTIME_KEY_LENGTH) > lastRound) {
      break;
    }
    expired.push(key);
  }
  for (const key of expired) {
    state.remove(key);
  }
}

// --- incoming messages ---

export function getQueueMeta(state: ReadonlyTree, id: Namespace): IncomingMessageQueueMeta {
  return (
    readState(state, IncomingMessageQueueMeta, runtimeKey(QUEUE_META, id)) ?? IncomingMessageQueueMeta.zero()
  );
}

export function setQueueMeta(state: KeyValueTree, id: Namespace, meta: IncomingMessageQueueMeta): void {
  state.insert(runtimeKey(QUEUE_META, id), encode(IncomingMessageQueueMeta, meta));
}

/** Queued messages from message number `offset` on, in order; `limit` 0 gives all. */
export function getIncomingMessages(
  state: ReadonlyTree,
  id: Namespace,
  offset: bigint,
  limit: number,
): IncomingMessage[] {
  const queued: IncomingMessage[] = [];
  for (const [key, value] of state.prefix(runtimeKey(QUEUE, id))) {
    if (readU64be(key, RUNTIME_KEY_LENGTH) < offset) {
      continue;
    }
    queued.push(decodeState(IncomingMessage, key, value));
    if (limit > 0 && queued.length >= limit) {
      break;
    }
  }
  return queued;
}

export function enqueue(state: KeyValueTree, id: Namespace, message: IncomingMessage): void {
  state.insert(numberedKey(QUEUE, id, message.id), encode(IncomingMessage, message));
}

export function dequeue(state: KeyValueTree, id: Namespace, messageId: bigint): void {
  state.remove(numberedKey(QUEUE, id, messageId));
}
