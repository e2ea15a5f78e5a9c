import * as query from "../../consensus/registry/query.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { hasAttribute, registryEvents } from "../service-events.ts";
import { eventsOf, pushInitial, stateAfter, watchBlocks, watchEvents } from "../watch.ts";
import { eventsAt } from "./events-at.ts";

/** Handlers of the `Registry` service (api.md 2.6). */
export function registryHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Registry"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  return {
    GetEntity: ({ height, id }) => query.queryEntity(stateAt(height), id),
    GetEntities: (height) => query.queryEntities(stateAt(height)),
    GetNode: ({ height, id }) => query.queryNode(stateAt(height), id),
    GetNodeByConsensusAddress: ({ height, address }) =>
      query.queryNodeByConsensusAddress(stateAt(height), address ?? new Uint8Array(0)),
    GetNodeStatus: ({ height, id }) => query.queryNodeStatus(stateAt(height), id),
    GetNodes: (height) => query.queryNodes(stateAt(height)),
    GetRuntime: ({ height, id, include_suspended }) =>
      query.queryRuntime(stateAt(height), id, include_suspended),
    GetRuntimes: ({ height, include_suspended }) => query.queryRuntimes(stateAt(height), include_suspended),
    StateToGenesis: (height) => query.queryGenesis(stateAt(height)),
    ConsensusParameters: (height) => query.queryParameters(stateAt(height)),
    GetEvents: (height) => eventsAt(backend, registryEvents, height),
    WatchEntities: (_, sink) =>
      watchBlocks(backend, sink, (block) => {
        for (const { entity } of eventsOf(registryEvents, block)) if (entity !== null) sink.push(entity);
      }),
    WatchNodes: (_, sink) =>
      watchBlocks(backend, sink, (block) => {
        for (const { node } of eventsOf(registryEvents, block)) if (node !== null) sink.push(node);
      }),
    WatchNodeList: (_, sink) => {
      pushInitial(backend, sink, (state) => [{ nodes: query.queryNodes(state) }]);
      return watchBlocks(backend, sink, (block) => {
        if (!hasAttribute(block.results, registryEvents.type, "node_list_epoch")) return;
        sink.push({ nodes: query.queryNodes(stateAfter(backend, block)) });
      });
    },
    WatchRuntimes: (_, sink) => {
      pushInitial(backend, sink, (state) => query.queryRuntimes(state, true));
      return watchBlocks(backend, sink, (block) => {
        for (const { runtime_started } of eventsOf(registryEvents, block)) {
          if (runtime_started?.runtime != null) sink.push(runtime_started.runtime);
        }
      });
    },
    WatchEvents: (_, sink) => watchEvents(backend, registryEvents, sink),
  };
}
