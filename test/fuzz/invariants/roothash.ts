import { toHex } from "../../../src/codec/bytes.ts";
import { getRuntime, getRuntimes } from "../../../src/consensus/registry/runtime-state.ts";
import {
  getIncomingMessages,
  getQueueMeta,
  getRoundTimeouts,
  getRuntimeState,
  getRuntimeStates,
  type StoredRuntimeState,
} from "../../../src/consensus/roothash/state.ts";
import type { ReadonlyTree } from "../../../src/storage/tree.ts";
import { TIMEOUT_NEVER } from "../../../src/types/roothash.ts";
import { KIND_COMPUTE } from "../../../src/types/runtime.ts";

/** What must hold for every ParaTime after every block; each broken rule gives a line. */
export function roothashProblems(state: ReadonlyTree, height: bigint): string[] {
  const lost = getRuntimes(state).filter(
    ({ id, kind }) => kind === KIND_COMPUTE && getRuntimeState(state, id) === null,
  );
  return [
    ...lost.map(({ id }) => `ParaTime ${toHex(id)} has no state`),
    ...getRuntimeStates(state).flatMap((stored) => [
      ...queueProblems(state, stored),
      ...roundProblems(state, stored, height),
    ]),
  ];
}

/** Incoming messages are numbered without gaps, up to the next number. */
function queueProblems(state: ReadonlyTree, { runtime }: StoredRuntimeState): string[] {
  const { size, next_sequence_number: next } = getQueueMeta(state, runtime.id);
  const queued = getIncomingMessages(state, runtime.id, 0n, 0).map(({ id }) => id);
  const expected = Array.from({ length: size }, (_, i) => next - BigInt(size - i));
  return queued.join() === expected.join() ? [] : [`incoming messages of ${toHex(runtime.id)}: ${queued}`];
}

function roundProblems(state: ReadonlyTree, stored: StoredRuntimeState, height: bigint): string[] {
  const { runtime, committee, commitment_pool: pool, timeout, suspended } = stored;
  const id = toHex(runtime.id);
  const scheduled = (at: bigint) => getRoundTimeouts(state, at).some((due) => toHex(due) === id);
  return [
    ...((committee === null) === (pool === null) ? [] : [`ParaTime ${id} has a committee or a pool only`]),
    ...(suspended && committee !== null ? [`ParaTime ${id} has a committee and is suspended`] : []),
    ...(committee !== null && getRuntime(state, runtime.id) === null ? [`ParaTime ${id} is not active`] : []),
    ...(timeout === TIMEOUT_NEVER || scheduled(timeout)
      ? []
      : [`timeout ${timeout} of ParaTime ${id} is not scheduled`]),
    ...(timeout === height ? [`ParaTime ${id} missed its timeout`] : []),
  ];
}
