import { toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import { vaultErrors } from "../../types/errors.ts";
import type { AddressState, Genesis, PendingAction, Vault } from "../../types/vault.ts";
import { getAddressState, getAddressStates, getParameters, getPendingActions, getVaults } from "./state.ts";
import { vaultAddress } from "./vault-address.ts";

// Queries of the API over the state of one height (facts/api.md 2.10). An empty list is null, which is how it goes over
// the wire. `getVault` and `getParameters` of the state serve as they are.

export function queryVaults(state: ReadonlyTree): Vault[] | null {
  return nullIfEmpty(getVaults(state));
}

/** @throws CodedError vault/3 when nothing was ever set for the address */
export function queryAddressState(state: ReadonlyTree, vault: Address, address: Address): AddressState {
  const found = getAddressState(state, vault, address);
  if (found === null) {
    throw vaultErrors.noSuchState();
  }
  return found;
}

/** Actions of a vault that wait for agreement. */
export function queryPendingActions(state: ReadonlyTree, vault: Address): PendingAction[] | null {
  return nullIfEmpty(getPendingActions(state, vault));
}

/** The vault part of a genesis document that continues from this state. */
export function queryGenesis(state: ReadonlyTree): Genesis {
  const vaults = getVaults(state);
  const addresses = vaults.map(vaultAddress);
  return {
    params: getParameters(state),
    vaults: nullIfEmpty(vaults),
    states: new Map(
      addresses
        .map((address) => [toHex(address), getAddressStates(state, address)] as const)
        .filter(([, states]) => states.size > 0),
    ),
    pending_actions: new Map(
      addresses
        .map((address) => [toHex(address), getPendingActions(state, address)] as const)
        .filter(([, actions]) => actions.length > 0),
    ),
  };
}

function nullIfEmpty<T>(items: T[]): T[] | null {
  return items.length === 0 ? null : items;
}
