import { fromHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { vaultErrors } from "../../types/errors.ts";
import type { Document } from "../../types/genesis.ts";
import type { ChangeParametersProposal } from "../../types/governance.ts";
import {
  AuthorizeAction,
  CancelAction,
  ConsensusParameterChanges,
  type ConsensusParameters,
  Create,
} from "../../types/vault.ts";
import { applyChanges, decodeChanges } from "../change-parameters.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { messages, onMessage } from "../messages.ts";
import { method, type Service } from "../service.ts";
import { authorizeAction } from "./authorize-action.ts";
import { cancelAction } from "./cancel-action.ts";
import { create } from "./create.ts";
import { getParameters, setAddressState, setParameters, setPendingAction, setVault } from "./state.ts";
import { authorizeWithdrawal } from "./withdraw-hook.ts";

const invalid = vaultErrors.invalidArgument;

/** Accounts that several parties govern together. consensus-a.md section 6. */
export const vaultService: Service = {
  name: "400_vault",
  priority: 5000n,
  enabled: (ctx) => getParameters(ctx.state).enabled,
  methods: {
    "vault.Create": method(Create, invalid, create),
    "vault.AuthorizeAction": method(AuthorizeAction, invalid, authorizeAction),
    "vault.CancelAction": method(CancelAction, invalid, cancelAction),
  },
  messages: [
    onMessage(messages.accountHook, authorizeWithdrawal),
    onMessage(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
    onMessage(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
  ],
  initChain,
};

function initChain(ctx: Context, { vault: genesis }: Document): void {
  if (genesis === null) {
    return;
  }
  setParameters(ctx, genesis.params);
  for (const vault of genesis.vaults ?? []) {
    setVault(ctx.state, vault);
  }
  for (const [vault, states] of genesis.states ?? []) {
    for (const [address, state] of states ?? []) {
      setAddressState(ctx.state, addressOf(vault), addressOf(address), state);
    }
  }
  for (const [vault, actions] of genesis.pending_actions ?? []) {
    for (const action of actions ?? []) {
      setPendingAction(ctx.state, addressOf(vault), action);
    }
  }
}

function addressOf(id: string): Address {
  return fromHex(id);
}

/** Validates a parameter change, and with `apply` makes it; null when it is for another module. */
function changeParameters(ctx: Context, proposal: ChangeParametersProposal, apply: boolean): true | null {
  if (proposal.module !== "vault") {
    return null;
  }
  const changes = decodeChanges(ConsensusParameterChanges, proposal.changes);
  const parameters = applyChanges<ConsensusParameters>(getParameters(ctx.state), changes);
  if (parameters.enabled && parameters.max_authority_addresses === 0) {
    throw new TxError("maximum number of authority addresses must be greater than zero");
  }
  if (apply) {
    setParameters(ctx, parameters);
  }
  return true;
}
