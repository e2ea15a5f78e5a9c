import { equal, toHex } from "../../codec/bytes.ts";
import { decode } from "../../codec/schema.ts";
import * as query from "../../consensus/roothash/query.ts";
import type { Block } from "../../types/roothash-block.ts";
import { ExecutorCommitment } from "../../types/roothash-commitment.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { roothashEvents } from "../service-events.ts";
import { eventsOf, pushInitial, stateAfter, watchBlocks, watchEvents } from "../watch.ts";
import { eventsAt } from "./events-at.ts";

/** Handlers of the `RootHash` service (api.md 2.9). */
export function roothashHandlers(backend: ConsensusBackend): ServiceHandlers<Services["RootHash"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  /** A genesis block never changes; once known, it is answered for any height. */
  const genesisBlocks = new Map<string, Block>();

  return {
    GetGenesisBlock: ({ runtime_id, height }) => {
      const key = toHex(runtime_id);
      const known = genesisBlocks.get(key) ?? query.queryGenesisBlock(stateAt(height), runtime_id);
      genesisBlocks.set(key, known);
      return known;
    },
    GetLatestBlock: ({ runtime_id, height }) => query.queryLatestBlock(stateAt(height), runtime_id),
    GetRuntimeState: ({ runtime_id, height }) => query.queryRuntimeState(stateAt(height), runtime_id),
    GetLastRoundResults: ({ runtime_id, height }) => query.queryLastRoundResults(stateAt(height), runtime_id),
    GetRoundRoots: ({ runtime_id, height, round }) =>
      query.queryRoundRoots(stateAt(height), runtime_id, round),
    GetPastRoundRoots: ({ runtime_id, height }) => query.queryPastRoundRoots(stateAt(height), runtime_id),
    GetIncomingMessageQueueMeta: ({ runtime_id, height }) =>
      query.queryIncomingMessageQueueMeta(stateAt(height), runtime_id),
    GetIncomingMessageQueue: ({ runtime_id, height, offset, limit }) =>
      query.queryIncomingMessageQueue(stateAt(height), runtime_id, offset, limit),
    StateToGenesis: (height) => query.queryGenesis(stateAt(height)),
    ConsensusParameters: (height) => query.queryParameters(stateAt(height)),
    GetEvents: (height) => eventsAt(backend, roothashEvents, height),
    WatchBlocks: (runtimeId, sink) => {
      let lastRound = -1n;
      pushInitial(backend, sink, (state) => {
        const { last_block, last_block_height } = query.queryRuntimeState(state, runtimeId);
        if (last_block === null) return [];
        lastRound = last_block.header.round;
        return [{ consensus_height: last_block_height, block: last_block }];
      });
      return watchBlocks(backend, sink, (committed) => {
        const isFinal = eventsOf(roothashEvents, committed).some(
          (event) => event.finalized !== null && equal(event.runtime_id, runtimeId),
        );
        if (!isFinal) return;
        const block = query.queryLatestBlock(stateAfter(backend, committed), runtimeId);
        if (block.header.round <= lastRound) return;
        lastRound = block.header.round;
        sink.push({ consensus_height: committed.height, block });
      });
    },
    // Finalized rounds are what WatchBlocks is for; this stream leaves them out (api.md gotcha 10).
    WatchEvents: (runtimeId, sink) =>
      watchEvents(
        backend,
        roothashEvents,
        sink,
        (event) => event.finalized === null && equal(event.runtime_id, runtimeId),
      ),
    WatchExecutorCommitments: (runtimeId, sink) =>
      backend.onExecutorCommitment((id, commitment) => {
        if (equal(id, runtimeId)) sink.push(decode(ExecutorCommitment, commitment));
      }),
  };
}
