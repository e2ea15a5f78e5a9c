import type { ConsensusBackend } from "../backend.ts";
import { blockFor, resultsFor } from "../heights.ts";
import { blockEvents, type ServiceEvents } from "../service-events.ts";

/** Events of one service in a block, for `GetEvents`: null when there are none. @throws for heights as class B does */
export function eventsAt<E>(backend: ConsensusBackend, spec: ServiceEvents<E>, height: bigint): E[] | null {
  const found = resultsFor(backend, height);
  const { txs } = blockFor(backend, found.height).block;
  const events = blockEvents(spec, { height: found.height, txs, results: found.results }, "query");
  return events.length === 0 ? null : events;
}
