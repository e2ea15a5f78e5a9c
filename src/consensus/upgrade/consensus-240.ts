import { KIND_KEY_MANAGER_CHURP } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import * as governance from "../governance/state.ts";
import { DEFAULT_GAS_COSTS as CHURP_GAS_COSTS } from "../keymanager/churp/genesis.ts";
import * as churp from "../keymanager/churp/state.ts";
import { getConsensusParameters, setConsensusParameters } from "../params.ts";
import * as registry from "../registry/state.ts";
import * as staking from "../staking/state.ts";
import * as vault from "../vault/state.ts";
import type { UpgradeHandler } from "./handler.ts";

const CHURP_THRESHOLD = 10_000_000_000_000n;
const VAULT_GAS_COSTS = new Map([
  ["create", 10_000n],
  ["authorize_action", 5_000n],
  ["cancel_action", 5_000n],
]);

/** `consensus240`: larger blocks, CHURP, vaults, votes of delegators. consensus-a.md 1.10. */
export const consensus240: UpgradeHandler = {
  endBlock: (ctx: Context) => {
    const { state } = ctx;
    setConsensusParameters(state, {
      ...getConsensusParameters(state),
      max_tx_size: 131_072n,
      max_block_size: 4_194_304n,
      max_block_gas: 5_000_000n,
    });
    registry.setParameters(ctx, { ...registry.getParameters(state), enable_km_churp: true });
    churp.setParameters(ctx, { gas_costs: CHURP_GAS_COSTS });
    const parameters = staking.getParameters(state);
    const thresholds = new Map([...(parameters.thresholds ?? []), [KIND_KEY_MANAGER_CHURP, CHURP_THRESHOLD]]);
    staking.setParameters(ctx, { ...parameters, thresholds });
    governance.setParameters(ctx, {
      ...governance.getParameters(state),
      allow_vote_without_entity: true,
      allow_proposal_metadata: true,
    });
    vault.setParameters(ctx, { enabled: true, max_authority_addresses: 32, gas_costs: VAULT_GAS_COSTS });
  },
};
