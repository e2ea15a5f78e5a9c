import type { Backends } from "../backend.ts";
import type { Handlers } from "../handlers.ts";
import { beaconHandlers } from "./beacon.ts";
import { consensusHandlers } from "./consensus.ts";
import { debugControllerHandlers } from "./debug-controller.ts";
import { governanceHandlers } from "./governance.ts";
import { churpHandlers, secretsHandlers } from "./key-manager.ts";
import { nodeControllerHandlers } from "./node-controller.ts";
import { registryHandlers } from "./registry.ts";
import { roothashHandlers } from "./roothash.ts";
import { runtimeClientHandlers } from "./runtime-client.ts";
import { schedulerHandlers } from "./scheduler.ts";
import { stakingHandlers } from "./staking.ts";
import { storageWorkerHandlers } from "./storage-worker.ts";
import { vaultHandlers } from "./vault.ts";

/** Handlers of everything that the given parts of a node can answer. */
export function createHandlers({ node, consensus, runtime, debug }: Backends): Handlers {
  return {
    NodeController: nodeControllerHandlers(node),
    ...(debug === undefined ? {} : { DebugController: debugControllerHandlers(debug) }),
    ...(consensus === undefined
      ? {}
      : {
          Consensus: consensusHandlers(consensus),
          Beacon: beaconHandlers(consensus),
          Scheduler: schedulerHandlers(consensus),
          Registry: registryHandlers(consensus),
          Staking: stakingHandlers(consensus),
          KeyManager: secretsHandlers(consensus),
          "KeyManager.Secrets": secretsHandlers(consensus),
          "KeyManager.Churp": churpHandlers(consensus),
          RootHash: roothashHandlers(consensus),
          Governance: governanceHandlers(consensus),
          Vault: vaultHandlers(consensus),
        }),
    ...(runtime === undefined
      ? {}
      : { RuntimeClient: runtimeClientHandlers(runtime), StorageWorker: storageWorkerHandlers(runtime) }),
  };
}
