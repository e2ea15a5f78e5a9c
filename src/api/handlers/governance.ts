import * as query from "../../consensus/governance/query.ts";
import { getParameters, getProposal } from "../../consensus/governance/state.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { governanceEvents } from "../service-events.ts";
import { watchEvents } from "../watch.ts";
import { eventsAt } from "./events-at.ts";

/** Handlers of the `Governance` service (api.md 2.10). */
export function governanceHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Governance"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  return {
    ActiveProposals: (height) => query.queryActiveProposals(stateAt(height)),
    Proposals: (height) => query.queryProposals(stateAt(height)),
    Proposal: ({ height, id }) => getProposal(stateAt(height), id),
    Votes: ({ height, id }) => query.queryVotes(stateAt(height), id),
    PendingUpgrades: (height) => query.queryPendingUpgrades(stateAt(height)),
    StateToGenesis: (height) => query.queryGenesis(stateAt(height)),
    ConsensusParameters: (height) => getParameters(stateAt(height)),
    GetEvents: (height) => eventsAt(backend, governanceEvents, height),
    WatchEvents: (_, sink) => watchEvents(backend, governanceEvents, sink),
  };
}
