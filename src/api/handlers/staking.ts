import * as query from "../../consensus/staking/query.ts";
import {
  getCommonPool,
  getGovernanceDeposits,
  getLastBlockFees,
  getParameters,
  getTotalSupply,
} from "../../consensus/staking/state.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { stakingEvents } from "../service-events.ts";
import { watchEvents } from "../watch.ts";
import { eventsAt } from "./events-at.ts";

/** Handlers of the `Staking` service (api.md 2.7). */
export function stakingHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Staking"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  const genesis = backend.genesis.staking;
  return {
    TokenSymbol: (height) => query.queryTokenSymbol(stateAt(height), genesis),
    TokenValueExponent: (height) => query.queryTokenValueExponent(stateAt(height), genesis),
    TotalSupply: (height) => getTotalSupply(stateAt(height)),
    CommonPool: (height) => getCommonPool(stateAt(height)),
    LastBlockFees: (height) => getLastBlockFees(stateAt(height)),
    GovernanceDeposits: (height) => getGovernanceDeposits(stateAt(height)),
    Threshold: ({ height, kind }) => {
      const number = Number(kind);
      if (!Number.isSafeInteger(number)) throw stakingErrors.invalidThreshold();
      return query.queryThreshold(stateAt(height), number);
    },
    Addresses: (height) => query.queryAddresses(stateAt(height)),
    CommissionScheduleAddresses: (height) => query.queryCommissionScheduleAddresses(stateAt(height)),
    Account: ({ height, owner }) => query.queryAccount(stateAt(height), owner),
    DelegationsFor: ({ height, owner }) => query.queryDelegationsFor(stateAt(height), owner),
    DelegationsTo: ({ height, owner }) => query.queryDelegationsTo(stateAt(height), owner),
    DelegationInfosFor: ({ height, owner }) => query.queryDelegationInfosFor(stateAt(height), owner),
    DebondingDelegationsFor: ({ height, owner }) =>
      query.queryDebondingDelegationsFor(stateAt(height), owner),
    DebondingDelegationsTo: ({ height, owner }) => query.queryDebondingDelegationsTo(stateAt(height), owner),
    DebondingDelegationInfosFor: ({ height, owner }) =>
      query.queryDebondingDelegationInfosFor(stateAt(height), owner),
    Allowance: ({ height, owner, beneficiary }) => query.queryAllowance(stateAt(height), owner, beneficiary),
    StateToGenesis: (height) => query.queryGenesis(stateAt(height), genesis),
    ConsensusParameters: (height) => getParameters(stateAt(height)),
    GetEvents: (height) => eventsAt(backend, stakingEvents, height),
    WatchEvents: (_, sink) => watchEvents(backend, stakingEvents, sink),
  };
}
