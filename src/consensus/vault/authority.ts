import { toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import type { Action, Authority, ConsensusParameters, Vault } from "../../types/vault.ts";

/** Whether an authority can exist: some distinct addresses, and a threshold that they can reach. */
export function isValidAuthority(
  { addresses, threshold }: Readonly<Authority>,
  parameters: Readonly<ConsensusParameters>,
): boolean {
  const count = addresses?.length ?? 0;
  const distinct = new Set(addresses?.map(toHex)).size;
  return (
    threshold >= 1 && threshold <= count && count <= parameters.max_authority_addresses && distinct === count
  );
}

export function isMember({ addresses }: Readonly<Authority>, address: Address): boolean {
  const id = toHex(address);
  return (addresses ?? []).some((member) => toHex(member) === id);
}

/** Whether enough members are among the addresses. */
export function isReached(authority: Readonly<Authority>, addresses: readonly Address[]): boolean {
  const members = new Set(authority.addresses?.map(toHex));
  const agreed = new Set(addresses.map(toHex).filter((id) => members.has(id)));
  return agreed.size >= authority.threshold;
}

/** The authorities any of which can decide on an action: suspending and resuming is open to both. */
export function authoritiesFor(action: Readonly<Action>, vault: Readonly<Vault>): Authority[] {
  return action.suspend !== null || action.resume !== null
    ? [vault.admin_authority, vault.suspend_authority]
    : [vault.admin_authority];
}
