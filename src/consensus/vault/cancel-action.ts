import { isReservedAddress } from "../../types/account-address.ts";
import { vaultErrors } from "../../types/errors.ts";
import type { CancelAction } from "../../types/vault.ts";
import type { Context } from "../context.ts";
import { authoritiesFor, isMember } from "./authority.ts";
import { actionCanceledEvent } from "./events.ts";
import { getParameters, getPendingAction, getVault, removePendingAction, setVault } from "./state.ts";

/** `vault.CancelAction`: withdraws the pending action, for every member of an authority that could decide on it. */
export function cancelAction(ctx: Context, { vault: address, nonce }: CancelAction): void {
  if (isReservedAddress(address)) {
    throw vaultErrors.invalidArgument();
  }
  const vault = getVault(ctx.state, address);
  if (nonce !== vault.nonce) {
    throw vaultErrors.invalidNonce();
  }
  const { admin_authority: admin, suspend_authority: suspend } = vault;
  if (!isMember(admin, ctx.caller) && !isMember(suspend, ctx.caller)) {
    throw vaultErrors.forbidden();
  }
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "cancel_action", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const pending = getPendingAction(ctx.state, address, nonce);
  if (pending === null) {
    throw vaultErrors.noSuchAction();
  }
  if (!authoritiesFor(pending.action, vault).some((authority) => isMember(authority, ctx.caller))) {
    throw vaultErrors.forbidden();
  }
  ctx.emit(actionCanceledEvent, { vault: address, nonce });
  removePendingAction(ctx.state, address, nonce);
  setVault(ctx.state, { ...vault, nonce: BigInt.asUintN(64, nonce + 1n) });
}
