import type { Address } from "../../codec/common-types.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import type { MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import { totalClaims } from "./stake-claims.ts";
import { getAccount, getParameters } from "./state.ts";

export type StakeMetrics = ReturnType<typeof stakeMetrics>;

/** Accounts that the node's work depends on. */
export interface StakeAccounts {
  /** The node's own, which pays its fees. */
  readonly node: Address;
  /** The entity's, whose stake vouches for the node; null: none. */
  readonly entity: Address | null;
}

/** What the node's work costs and needs. */
export function stakeMetrics(registry: MetricRegistry) {
  const balance = registry.gauge({
    name: "oasis_node_account_balance_base_units",
    help: "Balance of the node's own account, which pays the fees of its transactions.",
  });
  const escrow = registry.gauge({
    name: "oasis_entity_escrow_base_units",
    help: "Stake in the entity's escrow account.",
  });
  const needed = registry.gauge({
    name: "oasis_entity_escrow_needed_base_units",
    help: "Stake that the entity's present claims need: below it, its nodes are not elected and cannot register.",
  });
  return {
    show: (state: ReadonlyTree, { node, entity }: StakeAccounts) => {
      balance.set(Number(getAccount(state, node).general.balance));
      if (entity === null) return;
      const account = getAccount(state, entity);
      escrow.set(Number(account.escrow.active.balance));
      needed.set(Number(totalClaims(account.escrow, getParameters(state).thresholds, null)));
    },
  };
}
