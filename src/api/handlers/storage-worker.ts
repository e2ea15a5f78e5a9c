import type { RuntimeBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import type { Services } from "../method-table.ts";

/** Handlers of the `StorageWorker` service (api.md 2.12). */
export function storageWorkerHandlers(runtimes: RuntimeBackend): ServiceHandlers<Services["StorageWorker"]> {
  return { GetLastSyncedRound: ({ runtime_id }) => runtimes.lastSyncedRound(runtime_id) };
}
