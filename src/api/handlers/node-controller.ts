import type { NodeBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import type { Services } from "../method-table.ts";

/** Handlers of the `NodeController` service (api.md 2.1). */
export function nodeControllerHandlers(node: NodeBackend): ServiceHandlers<Services["NodeController"]> {
  return {
    RequestShutdown: async (wait, { signal }) => {
      await node.requestShutdown(wait, signal);
      return undefined;
    },
    WaitSync: async (_, { signal }) => {
      await node.waitSync(signal);
      return undefined;
    },
    IsSynced: () => node.isSynced(),
    WaitReady: async (_, { signal }) => {
      await node.waitReady(signal);
      return undefined;
    },
    IsReady: () => node.isReady(),
    UpgradeBinary: async (descriptor) => {
      await node.upgradeBinary(descriptor);
      return undefined;
    },
    CancelUpgrade: async (descriptor) => {
      await node.cancelUpgrade(descriptor);
      return undefined;
    },
    GetStatus: () => node.getStatus(),
    AddBundle: async (path) => {
      await node.addBundle(path);
      return undefined;
    },
  };
}
