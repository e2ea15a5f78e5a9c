import { isReservedAddress } from "../../types/account-address.ts";
import type { Action, ActionUpdateAuthority, ConsensusParameters } from "../../types/vault.ts";
import { isValidAuthority } from "./authority.ts";

/** Whether an action is exactly one, and that one makes sense by itself. */
export function isValidAction(action: Readonly<Action>, parameters: Readonly<ConsensusParameters>): boolean {
  const {
    suspend,
    resume,
    execute_msg: message,
    update_withdraw_policy: policy,
    update_authority: authority,
  } = action;
  if ([suspend, resume, message, policy, authority].filter((part) => part !== null).length !== 1) {
    return false;
  }
  return (
    (message === null || message.method !== "") &&
    (policy === null || !isReservedAddress(policy.address)) &&
    (authority === null || isValidAuthorityUpdate(authority, parameters))
  );
}

export function isValidAuthorityUpdate(
  { admin_authority: admin, suspend_authority: suspend }: Readonly<ActionUpdateAuthority>,
  parameters: Readonly<ConsensusParameters>,
): boolean {
  const updates = [admin, suspend].filter((authority) => authority !== null);
  return updates.length > 0 && updates.every((authority) => isValidAuthority(authority, parameters));
}
