import { formatAddress } from "../../codec/address.ts";
import type { Address } from "../../codec/common-types.ts";
import { moduleAddress } from "../../types/account-address.ts";
import type { Vault } from "../../types/vault.ts";

/** Account of the vault that a creator made with a given number (consensus-a.md section 6). */
export function vaultAddress({ creator, id }: Readonly<Pick<Vault, "creator" | "id">>): Address {
  return moduleAddress("vault", `vault.${formatAddress(creator)}.${id}`);
}
