import * as query from "../../consensus/keymanager/query.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { eventValues } from "../service-events.ts";
import { pushInitial, watchBlocks } from "../watch.ts";

const APP = "999_keymanager";

/** Handlers of the `KeyManager.Secrets` service and of its former name `KeyManager` (api.md 2.8). */
export function secretsHandlers(backend: ConsensusBackend): ServiceHandlers<Services["KeyManager.Secrets"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  return {
    GetStatus: ({ height, id }) => query.queryStatus(stateAt(height), id),
    GetStatuses: (height) => query.queryStatuses(stateAt(height)),
    GetMasterSecret: ({ height, id }) => query.queryMasterSecret(stateAt(height), id),
    GetEphemeralSecret: ({ height, id }) => query.queryEphemeralSecret(stateAt(height), id),
    StateToGenesis: (height) => query.querySecretsGenesis(stateAt(height)),
    WatchStatuses: (_, sink) => {
      pushInitial(backend, sink, query.queryStatuses);
      return watchBlocks(backend, sink, ({ results }) => {
        for (const { Statuses } of eventValues(results, APP, "status")) {
          for (const status of Statuses ?? []) sink.push(status);
        }
      });
    },
    WatchMasterSecrets: (_, sink) =>
      watchBlocks(backend, sink, ({ results }) => {
        for (const { Secret } of eventValues(results, APP, "master_secret")) {
          if (Secret !== null) sink.push(Secret);
        }
      }),
    WatchEphemeralSecrets: (_, sink) =>
      watchBlocks(backend, sink, ({ results }) => {
        for (const { Secret } of eventValues(results, APP, "ephemeral_secret")) {
          if (Secret !== null) sink.push(Secret);
        }
      }),
  };
}

/** Handlers of the `KeyManager.Churp` service (api.md 2.8). */
export function churpHandlers(backend: ConsensusBackend): ServiceHandlers<Services["KeyManager.Churp"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  return {
    Status: ({ height, runtime_id, churp_id }) =>
      query.queryChurpStatus(stateAt(height), runtime_id, churp_id),
    Statuses: ({ height, id }) => query.queryChurpStatuses(stateAt(height), id),
    AllStatuses: (height) => query.queryChurpStatuses(stateAt(height)),
    StateToGenesis: (height) => query.queryChurpGenesis(stateAt(height)),
    ConsensusParameters: (height) => query.queryChurpParameters(stateAt(height)),
    WatchStatuses: (_, sink) => {
      pushInitial(backend, sink, (state) => query.queryChurpStatuses(state));
      return watchBlocks(backend, sink, ({ results }) => {
        const changes = [
          ...eventValues(results, APP, "keymanager/churp.create"),
          ...eventValues(results, APP, "keymanager/churp.update"),
        ];
        for (const { Status } of changes) if (Status !== null) sink.push(Status);
      });
    },
  };
}
