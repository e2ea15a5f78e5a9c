import type { NodeBackend } from "../api/backend.ts";
import type { Status } from "../types/api-control.ts";
import type { RegistrationWorker } from "../workers/registration/registration.ts";
import type { UpgradeManager } from "../workers/upgrades/upgrade-manager.ts";
import type { Readiness } from "./readiness.ts";

export interface NodeBackendDeps {
  readonly readiness: Readiness;
  readonly registration: RegistrationWorker;
  readonly upgrades: UpgradeManager;
  /** Takes the bundle of a hosted ParaTime, by its path. */
  readonly addBundle: (path: string) => void;
  /** Aborts when the node is being stopped. */
  readonly stopping: AbortSignal;
  status(): Status;
}

/** Control of the node over the API. */
export function nodeBackend({
  readiness,
  registration,
  upgrades,
  addBundle,
  stopping,
  status,
}: NodeBackendDeps): NodeBackend {
  return {
    requestShutdown: async (wait, signal) => {
      // The node leaves and ends also when whoever asked for it goes away before that.
      registration.requestLeave();
      if (wait) await orAborted(registration.left, AbortSignal.any([signal, stopping]));
    },
    isSynced: () => readiness.isSynced(),
    waitSync: (signal) => readiness.waitSynced(signal),
    isReady: () => readiness.isReady(),
    waitReady: (signal) => readiness.waitReady(signal),
    blockers: () => readiness.blockers(),
    getStatus: async () => status(),
    upgradeBinary: async (descriptor) => upgrades.submit(descriptor),
    cancelUpgrade: async (descriptor) => upgrades.cancel(descriptor),
    addBundle: async (path) => addBundle(path),
  };
}

/** As the promise, or the signal's reason when that comes first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
  ]);
}
