import { vaultErrors } from "../../types/errors.ts";
import { HOOK_KIND_WITHDRAW } from "../../types/staking.ts";
import { type Create, STATE_ACTIVE, type Vault } from "../../types/vault.ts";
import type { Context } from "../context.ts";
import { getAccount, setAccount } from "../staking/state.ts";
import { isValidAuthority } from "./authority.ts";
import { getParameters, hasVault, setVault } from "./state.ts";
import { vaultAddress } from "./vault-address.ts";

/** `vault.Create`: makes a vault whose number is the caller's nonce after this transaction. No event. */
export function create(ctx: Context, { admin_authority, suspend_authority }: Create): void {
  const parameters = getParameters(ctx.state);
  if (!isValidAuthority(admin_authority, parameters) || !isValidAuthority(suspend_authority, parameters)) {
    throw vaultErrors.invalidArgument();
  }
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "create", parameters.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const creator = ctx.caller;
  const id = getAccount(ctx.state, creator).general.nonce;
  const vault: Vault = { creator, id, state: STATE_ACTIVE, nonce: 0n, admin_authority, suspend_authority };
  const address = vaultAddress(vault);
  if (hasVault(ctx.state, address)) {
    throw vaultErrors.invalidArgument();
  }
  setVault(ctx.state, vault);
  const account = getAccount(ctx.state, address);
  account.general.hooks ??= new Map();
  account.general.hooks.set(HOOK_KIND_WITHDRAW, { module: "vault" });
  setAccount(ctx.state, address, account);
}
