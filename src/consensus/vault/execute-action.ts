import { vaultErrors } from "../../types/errors.ts";
import {
  type Action,
  type ActionUpdateWithdrawPolicy,
  AddressState,
  STATE_ACTIVE,
  STATE_SUSPENDED,
  type Vault,
} from "../../types/vault.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { messages } from "../messages.ts";
import { authorityUpdatedEvent, policyUpdatedEvent, stateChangedEvent } from "./events.ts";
import { getAddressState, getParameters, setAddressState } from "./state.ts";
import { isValidAuthorityUpdate } from "./validate-action.ts";
import { vaultAddress } from "./vault-address.ts";

/** Carries an action out. Changes of the vault itself are made in place, for the caller to store. */
export function executeAction(ctx: Context, vault: Vault, action: Action): void {
  const address = vaultAddress(vault);
  if (action.suspend !== null) {
    changeState(ctx, vault, STATE_SUSPENDED);
  } else if (action.resume !== null) {
    changeState(ctx, vault, STATE_ACTIVE);
  } else if (action.update_withdraw_policy !== null) {
    updatePolicy(ctx, vault, action.update_withdraw_policy);
  } else if (action.update_authority !== null) {
    // Parameters may have changed since the action was proposed.
    if (!isValidAuthorityUpdate(action.update_authority, getParameters(ctx.state))) {
      throw new TxError("vault: malformed authority update");
    }
    vault.admin_authority = action.update_authority.admin_authority ?? vault.admin_authority;
    vault.suspend_authority = action.update_authority.suspend_authority ?? vault.suspend_authority;
    ctx.emit(authorityUpdatedEvent, { vault: address });
  } else if (action.execute_msg !== null) {
    ctx.publish(messages.executeSubcall, { caller: address, ...action.execute_msg });
  } else {
    throw vaultErrors.unsupportedAction();
  }
}

function changeState(ctx: Context, vault: Vault, state: number): void {
  const former = vault.state;
  vault.state = state;
  if (former !== state) {
    ctx.emit(stateChangedEvent, { vault: vaultAddress(vault), old_state: former, new_state: state });
  }
}

/** What was withdrawn counts on under a new limit, but not under a new interval. */
function updatePolicy(ctx: Context, vault: Vault, { address, policy }: ActionUpdateWithdrawPolicy): void {
  const vaultId = vaultAddress(vault);
  const former = getAddressState(ctx.state, vaultId, address) ?? AddressState.zero();
  const sameInterval = former.withdraw_policy.limit_interval === policy.limit_interval;
  setAddressState(ctx.state, vaultId, address, {
    withdraw_policy: policy,
    bucket: sameInterval ? former.bucket : 0n,
    amount: sameInterval ? former.amount : 0n,
  });
  ctx.emit(policyUpdatedEvent, { vault: vaultId, address });
}
