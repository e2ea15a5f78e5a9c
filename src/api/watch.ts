import { QanatError } from "../codec/errors.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { CommittedBlock, ConsensusBackend } from "./backend.ts";
import type { Sink } from "./handlers.ts";
import { stateFor } from "./heights.ts";
import { blockEvents, type ServiceEvents } from "./service-events.ts";

/**
 * Calls `push` for each committed block. What it throws ends the stream and never reaches the chain, whose commit
 * this runs in.
 */
export function watchBlocks(
  backend: ConsensusBackend,
  sink: Sink<never>,
  push: (block: CommittedBlock) => void,
): Disposer {
  return backend.onBlock((block) => {
    try {
      push(block);
    } catch (error) {
      sink.end(error);
    }
  });
}

/** Streams the events of one service as blocks are committed (api.md 6). */
export function watchEvents<E>(
  backend: ConsensusBackend,
  spec: ServiceEvents<E>,
  sink: Sink<E>,
  accept: (event: E) => boolean = () => true,
): Disposer {
  return watchBlocks(backend, sink, (block) => {
    for (const event of eventsOf(spec, block)) if (accept(event)) sink.push(event);
  });
}

/** Events of a block in the order of the streams. */
export function eventsOf<E>(spec: ServiceEvents<E>, block: CommittedBlock): E[] {
  return blockEvents(spec, { height: block.height, txs: block.block.txs, results: block.results }, "live");
}

/**
 * Pushes what a stream starts with, read from the latest state. A query that fails (nothing committed yet) leaves
 * the stream open without these items, as in official nodes.
 */
export function pushInitial<T>(
  backend: ConsensusBackend,
  sink: Sink<T>,
  read: (state: ReadonlyTree) => readonly T[] | null,
): void {
  try {
    for (const item of read(stateFor(backend, 0n).state) ?? []) sink.push(item);
  } catch (error) {
    if (!(error instanceof QanatError)) throw error;
  }
}

/** The state right after a block that was just committed. */
export function stateAfter(backend: ConsensusBackend, block: CommittedBlock): ReadonlyTree {
  return stateFor(backend, block.height).state;
}
