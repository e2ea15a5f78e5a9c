import * as query from "../../consensus/vault/query.ts";
import { getParameters, getVault } from "../../consensus/vault/state.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { vaultEvents } from "../service-events.ts";
import { watchEvents } from "../watch.ts";
import { eventsAt } from "./events-at.ts";

/** Handlers of the `Vault` service (api.md 2.10). */
export function vaultHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Vault"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  return {
    Vaults: (height) => query.queryVaults(stateAt(height)),
    Vault: ({ height, address }) => getVault(stateAt(height), address),
    AddressState: ({ height, vault, address }) => query.queryAddressState(stateAt(height), vault, address),
    PendingActions: ({ height, address }) => query.queryPendingActions(stateAt(height), address),
    StateToGenesis: (height) => query.queryGenesis(stateAt(height)),
    ConsensusParameters: (height) => getParameters(stateAt(height)),
    GetEvents: (height) => eventsAt(backend, vaultEvents, height),
    WatchEvents: (_, sink) => watchEvents(backend, vaultEvents, sink),
  };
}
