import type { DebugBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import type { Services } from "../method-table.ts";

/** Handlers of the `DebugController` service (api.md 2.2). */
export function debugControllerHandlers(debug: DebugBackend): ServiceHandlers<Services["DebugController"]> {
  return {
    SetEpoch: async (epoch, { signal }) => {
      await debug.setEpoch(epoch, signal);
      return undefined;
    },
    WaitNodesRegistered: async (count, { signal }) => {
      await debug.waitNodesRegistered(count, signal);
      return undefined;
    },
  };
}
