import { equal } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import { vaultErrors, wirePair } from "../../types/errors.ts";
import { Action, type ActionExecutionResult, type AuthorizeAction, type Vault } from "../../types/vault.ts";
import type { Context } from "../context.ts";
import { isTxFailure } from "../errors.ts";
import { authoritiesFor, isMember, isReached } from "./authority.ts";
import { actionExecutedEvent, actionSubmittedEvent } from "./events.ts";
import { executeAction } from "./execute-action.ts";
import {
  getParameters,
  getPendingAction,
  getVault,
  removePendingAction,
  setPendingAction,
  setVault,
} from "./state.ts";
import { isValidAction } from "./validate-action.ts";

const SUCCESS: ActionExecutionResult = { module: "", code: 0 };

/**
 * `vault.AuthorizeAction`: proposes an action or agrees to it, and carries it out once an authority's threshold is
 * reached. The transaction succeeds even if the action fails; only the event tells. consensus-a.md section 6.
 *
 * In simulation everything really runs, on a state that is dropped, so that the gas of the action counts.
 */
export function authorizeAction(ctx: Context, { vault: address, nonce, action }: AuthorizeAction): void {
  const parameters = getParameters(ctx.state);
  if (isReservedAddress(address) || !isValidAction(action, parameters)) {
    throw vaultErrors.invalidArgument();
  }
  const vault = getVault(ctx.state, address);
  if (nonce !== vault.nonce) {
    throw vaultErrors.invalidNonce();
  }
  if (!authoritiesFor(action, vault).some((authority) => isMember(authority, ctx.caller))) {
    throw vaultErrors.forbidden();
  }
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "authorize_action", parameters.gas_costs);

  ctx.transaction((child) => {
    const agreed = agree(ctx, child, address, nonce, action);
    if (!authoritiesFor(action, vault).some((authority) => isReached(authority, agreed))) {
      return;
    }
    const result = attempt(child, vault, action);
    child.emit(actionExecutedEvent, { vault: address, nonce, result });
    // Vault and pending action go around the overlay (consensus-a.md 1.9).
    removePendingAction(ctx.state, address, nonce);
    setVault(ctx.state, { ...vault, nonce: BigInt.asUintN(64, nonce + 1n) });
  });
}

/** Records the caller's agreement. Returns everyone who agreed so far. */
function agree(ctx: Context, child: Context, vault: Address, nonce: bigint, action: Action): Address[] {
  const pending = getPendingAction(ctx.state, vault, nonce);
  if (pending !== null && !equal(encode(Action, pending.action), encode(Action, action))) {
    throw vaultErrors.invalidArgument();
  }
  child.emit(actionSubmittedEvent, { submitter: ctx.caller, vault, nonce });
  const agreed = pending?.authorized_by ?? [];
  if (agreed.some((address) => equal(address, ctx.caller))) {
    return agreed;
  }
  const all = [...agreed, ctx.caller];
  setPendingAction(ctx.state, vault, { nonce, authorized_by: all, action });
  return all;
}

/** Carries the action out, changing the vault in place. A failure becomes the result. */
function attempt(child: Context, vault: Vault, action: Action): ActionExecutionResult {
  try {
    executeAction(child, vault, action);
    return SUCCESS;
  } catch (error) {
    if (!isTxFailure(error)) {
      throw error;
    }
    const { module, code } = wirePair(error);
    return { module, code };
  }
}
