import { concat, toHex, u64be } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { vaultErrors } from "../../types/errors.ts";
import { AddressState, ConsensusParameters, PendingAction, Vault } from "../../types/vault.ts";
import type { Context } from "../context.ts";
import { assertMayChangeParameters } from "../params.ts";
import { decodeState, readSharedState, readState } from "../state-value.ts";
import { vaultAddress } from "./vault-address.ts";

// Keys: consensus-a.md section 2.
const VAULT = Uint8Array.of(0x30);
const ADDRESS_STATE = Uint8Array.of(0x31);
const PENDING_ACTION = Uint8Array.of(0x32);
const PARAMETERS = Uint8Array.of(0x33);

/** Parameters; those of a network that never set any disable the service. */
export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return readSharedState(state, ConsensusParameters, PARAMETERS) ?? ConsensusParameters.zero();
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

export function getVaults(state: ReadonlyTree): Vault[] {
  return Array.from(state.prefix(VAULT), ([key, value]) => decodeState(Vault, key, value));
}

/** The result belongs to the caller. @throws vault/2 when there is none */
export function getVault(state: ReadonlyTree, address: Address): Vault {
  const vault = readState(state, Vault, concat(VAULT, address));
  if (vault === null) {
    throw vaultErrors.noSuchVault();
  }
  return vault;
}

export function hasVault(state: ReadonlyTree, address: Address): boolean {
  return state.get(concat(VAULT, address)) !== null;
}

export function setVault(state: KeyValueTree, vault: Vault): void {
  state.insert(concat(VAULT, vaultAddress(vault)), encode(Vault, vault));
}

/** What an address may withdraw and has withdrawn; null when nothing was ever set. The result belongs to the caller. */
export function getAddressState(state: ReadonlyTree, vault: Address, address: Address): AddressState | null {
  return readState(state, AddressState, concat(ADDRESS_STATE, vault, address));
}

export function setAddressState(
  state: KeyValueTree,
  vault: Address,
  address: Address,
  value: AddressState,
): void {
  state.insert(concat(ADDRESS_STATE, vault, address), encode(AddressState, value));
}

/** All address states of a vault, by address (hex). */
export function getAddressStates(state: ReadonlyTree, vault: Address): Map<string, AddressState> {
  const prefix = concat(ADDRESS_STATE, vault);
  return new Map(
    Array.from(state.prefix(prefix), ([key, value]) => [
      toHex(key.subarray(prefix.length)),
      decodeState(AddressState, key, value),
    ]),
  );
}

/** The action that waits under a nonce; null when none does. The result belongs to the caller. */
export function getPendingAction(state: ReadonlyTree, vault: Address, nonce: bigint): PendingAction | null {
  return readState(state, PendingAction, concat(PENDING_ACTION, vault, u64be(nonce)));
}

export function getPendingActions(state: ReadonlyTree, vault: Address): PendingAction[] {
  return Array.from(state.prefix(concat(PENDING_ACTION, vault)), ([key, value]) =>
    decodeState(PendingAction, key, value),
  );
}

export function setPendingAction(state: KeyValueTree, vault: Address, action: PendingAction): void {
  state.insert(concat(PENDING_ACTION, vault, u64be(action.nonce)), encode(PendingAction, action));
}

export function removePendingAction(state: KeyValueTree, vault: Address, nonce: bigint): void {
  state.remove(concat(PENDING_ACTION, vault, u64be(nonce)));
}
